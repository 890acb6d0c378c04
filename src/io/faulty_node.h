// The content of one file or folder of FaultyFileSystem: what is there now, what would be there
// after a power failure at the best, and the changes in between. Guarded by the file system.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"

namespace daybook::io {

class FaultyContent {
 public:
  const Bytes& current() const { return current_; }
  void write(std::uint64_t position, BytesView bytes);
  // More of the last write, behind what it wrote so far: it is one.
  void write_on(BytesView bytes);
  void resize(std::uint64_t size_bytes);
  // Everything becomes durable; of what is doomed, any part.
  void sync(Random& random);
  // A sync has failed: what it covered may survive a crash, but no later sync promises it.
  void fail_sync();
  // The power failed: one of the allowed outcomes becomes both durable and current.
  void settle(Random& random, std::uint64_t survival_percent);

 private:
  struct Change {
    std::uint64_t position;     // of a write; or the new size
    std::optional<Bytes> data;  // absent: a resize
    bool doomed = false;
  };
  static void apply(const Change& change, Bytes& to);
  // Applies what survives of `change`, sector by sector.
  static void apply_in_part(const Change& change, Bytes& to, Random& random,
                            std::uint64_t survival_percent);

  Bytes current_;
  Bytes durable_;
  std::vector<Change> unsynced_;
};

struct FaultyNode {
  bool is_folder = false;
  FaultyContent content;                                     // of a file
  std::map<std::string, std::shared_ptr<FaultyNode>> names;  // of a folder, now
  std::map<std::string, std::shared_ptr<FaultyNode>> durable_names;
  std::uint64_t locked_in = 0;  // the life (count of power failures + 1) that holds its lock
};

// Of all files in a folder, or of a file.
std::uint64_t bytes_below(const FaultyNode& node);
// What a failure of the power leaves of everything below `node`.
void settle_all(FaultyNode& node, Random& random, std::uint64_t survival_percent);

// One change of names that a crash keeps or drops as a whole.
struct NameChange {
  struct Part {
    std::shared_ptr<FaultyNode> folder;
    std::string name;
    std::shared_ptr<FaultyNode> node;  // null: the name goes away
  };
  std::vector<Part> parts;

  void apply_durably() const;
  bool touches(const FaultyNode& folder) const;
};

}  // namespace daybook::io

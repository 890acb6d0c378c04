// The journal of all partitions of a server: the way to make appends to many partitions durable
// with one sync (docs/decisions/0008-shared-journal.md has the reasons, docs/formats/journal.md the
// bytes). What was appended to each since its last commit is copied, in one block, to the end of a
// preallocated file, and that is synced. The segments hold the same bytes already, unsynced; they
// are synced at leisure.
//
// Invariants. A journal file is emptied only after every partition with an entry in it has synced
// its segments that far: until then recovery can complete them. The next block is written only when
// the one before it is durable. There are at most max_files files of file_bytes; when none has
// room, is_ready() is false and partitions sync their segments themselves, as they do after the
// journal's disk has failed: then it is not used again before a restart.
//
// Threads. append() by one at a time, settle() by one at a time, beside each other; the others by
// any.

#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "io/file_system.h"
#include "log/config.h"
#include "log/durable_end.h"
#include "log/journal/journal_file.h"

namespace daybook::log {

struct JournalContents;

// What a partition wants to have durable: bytes that its segment holds already.
struct JournalEntry {
  std::string_view partition;  // its folder's name; stays valid while it has the entry
  Uuid topic_id;
  std::shared_ptr<const io::File> log;  // the segment
  std::uint32_t position = 0;           // of it, where the bytes begin
  LogPoint end;                         // and where they end
};

// What has entries in the journal.
class JournalUser {
 public:
  virtual ~JournalUser() = default;
  // Makes the segments durable as far as the journal has them. On a thread that settles.
  virtual Status settle() = 0;
};

class Journal {
 public:
  enum class Outcome : std::uint8_t {
    kRefused,    // the segment is to be synced
    kNextBlock,  // the block was full: append it again
    kDurable,
  };
  struct Append {
    JournalEntry entry;
    std::shared_ptr<JournalUser> user;
    Outcome outcome = Outcome::kRefused;
  };

  // In `folder`, which is made when it is needed. `left` is what was found there, and is in the
  // segments by now, durably: the files are emptied. If they cannot be, they stay for the next
  // start and nothing is appended in this one; that is reported. So many users settle at a time.
  Journal(io::FileSystem& fs, std::string folder, const JournalConfig& config,
          const JournalContents& left, std::size_t settling_threads);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Whether something can be appended. False: settle() may help.
  bool is_ready();
  // Makes as many of `appends` durable as fit one block, and says so of each. One whose bytes
  // cannot be read back whole is refused. If any is left for the next block, others are durable.
  void append(std::span<Append> appends);

  bool wants_settling() const;
  // Empties the oldest full file, after its users have settled; or makes one, if there is none with
  // room. Waits for the disk.
  void settle();
  // Empties what it can, so that the next start finds nothing. After every user has closed and
  // nobody appends or settles any more.
  void close();

 private:
  struct Filled {
    JournalFile file;
    std::unordered_set<std::shared_ptr<JournalUser>> users;

    bool settle(std::size_t threads);  // true if nobody needs what is in it any more
  };

  void empty_all(const JournalContents& left);
  void make_file();
  Outcome add_to_block(const JournalEntry& entry);
  JournalFile* file_with_room(std::size_t block_bytes);
  void give_up(const Error& error);
  void update_ready();

  io::FileSystem& fs_;
  const std::string folder_;
  const JournalConfig config_;
  const std::size_t max_block_bytes_;
  const std::size_t settling_threads_;
  std::atomic<bool> ready_ = false;
  std::atomic<std::uint64_t> sequence_;          // of the next block
  std::atomic<std::size_t> misses_to_file_ = 1;  // of is_ready(), before one is made

  Bytes block_;  // of the thread that appends

  mutable std::mutex mutex_;  // guards what follows; not held across I/O
  std::optional<Filled> active_;
  std::uint64_t active_room_bytes_ = 0;  // of its file, which the thread that appends fills
  std::deque<Filled> full_;              // oldest first
  std::deque<Filled> stuck_;             // somebody who needs it has failed
  std::vector<JournalFile> empty_;       // and with a header that says so
  std::size_t files_ = 0;                // of all kinds
  bool broken_ = false;
};

}  // namespace daybook::log

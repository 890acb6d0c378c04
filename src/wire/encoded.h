// An encoded message whose record bytes were not copied: a chain of chunks, in the order in which
// they go to the socket. Small fields lie together in one buffer that it owns; record bytes stay
// where they are, in memory or in a file, kept alive by their owner. One thread.

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace daybook::wire {

// Bytes that are not in memory: they go from where they are to the socket.
class BytesElsewhere {
 public:
  virtual ~BytesElsewhere() = default;
  virtual std::size_t size_bytes() const = 0;
  // Sends what follows the first `from` bytes to a socket that does not block: how much, 0 if it
  // takes none now. kUnavailable if the other end has gone; another error if they cannot be read.
  virtual Result<std::size_t> send_to(int socket, std::size_t from) const = 0;
  // All of them, copied.
  virtual Result<Bytes> copy() const = 0;
};

// A part of a message's records: `bytes`, kept alive by `owner` (empty if somebody else sees to
// it), or what is elsewhere.
struct RecordChunk {
  BytesView bytes;
  std::shared_ptr<const void> owner = nullptr;
  std::shared_ptr<const BytesElsewhere> elsewhere = nullptr;

  std::size_t size_bytes() const { return elsewhere ? elsewhere->size_bytes() : bytes.size(); }
};

class Encoded {
 public:
  std::size_t size_bytes() const { return own_.size() + foreign_bytes_; }
  // What it takes of memory while it waits to be sent, with what its own fields are kept in: of a
  // small message that is the larger part.
  std::size_t memory_bytes() const;

  struct Chunk {
    BytesView bytes;
    const BytesElsewhere* elsewhere = nullptr;  // if not null: these, and `bytes` is empty
  };
  // Valid while this object is, and not changed; moving it is no change.
  std::vector<Chunk> chunks() const;
  // All of it in one piece, copied. What is elsewhere can be read.
  Bytes flatten() const;

  // For whoever encodes: bytes that are copied in, and bytes that are not.
  Bytes& own() { return own_; }
  void append_foreign(const RecordChunk& chunk);

 private:
  struct Foreign {
    std::size_t at;  // goes in front of own_[at]
    RecordChunk chunk;
  };
  Bytes own_;
  std::vector<Foreign> foreign_;
  std::size_t foreign_bytes_ = 0;
  std::size_t elsewhere_bytes_ = 0;  // of foreign_bytes_
};

}  // namespace daybook::wire

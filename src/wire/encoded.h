// An encoded message whose record bytes were not copied: a chain of chunks, in the order in which
// they go to the socket. Small fields lie together in one buffer that it owns; record bytes stay
// where they are, kept alive by their owner. One thread.

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace daybook::wire {

// A part of a message's records. `owner` keeps `bytes` alive; empty if somebody else sees to it.
struct RecordChunk {
  BytesView bytes;
  std::shared_ptr<const void> owner = nullptr;
};

class Encoded {
 public:
  std::size_t size_bytes() const { return own_.size() + foreign_bytes_; }

  // Valid while this object is, and not changed.
  std::vector<BytesView> chunks() const;
  // All of it in one piece, copied.
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
};

}  // namespace daybook::wire

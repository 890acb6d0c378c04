// The bytes that have arrived on a connection and were not handled yet, in one piece. It grows only
// as bytes arrive: what a client announces costs nothing. At most twice what has arrived is held,
// or what its owner wants to read ahead.
//
// Threads: one.

#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace daybook::broker {

class InputBuffer {
 public:
  BytesView data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  // The memory that it holds.
  std::size_t capacity() const { return capacity_; }

  // Free room behind the data, at least one byte; moves the data, so views of it end. `wanted` is
  // the size that the data is expected to reach; data and room together have at least `ahead`.
  MutableBytes room(std::size_t wanted, std::size_t ahead = 0);
  // The first `size_bytes` of room() are data now.
  void filled(std::size_t size_bytes) { end_ += size_bytes; }
  // Drops the first bytes of the data; nothing moves.
  void consume(std::size_t size_bytes);
  // Gives memory back, if there is no data. Not while somebody fills room().
  void release();

 private:
  void grow(std::size_t capacity);

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace daybook::broker

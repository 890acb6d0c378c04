#include "broker/net/input_buffer.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "broker/limits.h"

namespace daybook::broker {

MutableBytes InputBuffer::room(std::size_t wanted, std::size_t ahead) {
  const std::size_t held = end_ - begin_;
  if (held == 0 && capacity_ < ahead) {
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(ahead);
    capacity_ = ahead;
    begin_ = end_ = 0;
  }
  if (capacity_ - begin_ < wanted && begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    begin_ = 0;
    end_ = held;
  }
  if (end_ == capacity_) {
    const std::size_t capacity = std::max(kFirstReadBytes, std::min(2 * capacity_, wanted + 1));
    const std::size_t larger = std::max(capacity, capacity_ + 1);
    auto bytes = std::make_unique_for_overwrite<std::byte[]>(larger);
    if (held > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, held);
    bytes_ = std::move(bytes);
    capacity_ = larger;
    begin_ = 0;
    end_ = held;
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void InputBuffer::consume(std::size_t size_bytes) {
  DAYBOOK_CHECK(size_bytes <= end_ - begin_, "consumed more than has arrived");
  begin_ += size_bytes;
  if (begin_ < end_) return;
  begin_ = end_ = 0;
  if (capacity_ > kKeptInputBytes) release();
}

void InputBuffer::release() {
  if (begin_ < end_) return;
  bytes_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace daybook::broker

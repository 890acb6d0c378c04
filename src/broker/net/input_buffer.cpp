#include "broker/net/input_buffer.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "broker/limits.h"

namespace daybook::broker {

MutableBytes InputBuffer::room(std::size_t wanted, std::size_t ahead) {
  if (capacity_ < ahead) grow(ahead);
  const bool has_much_before = begin_ >= std::max<std::size_t>(capacity_ / 2, 1);
  if (has_much_before || (begin_ > 0 && capacity_ - begin_ < std::max(wanted, ahead))) {
    end_ -= begin_;
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_);
    begin_ = 0;
  }
  if (end_ == capacity_) {
    const std::size_t capacity = std::max(kFirstReadBytes, std::min(2 * capacity_, wanted + 1));
    grow(std::max(capacity, capacity_ + 1));
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void InputBuffer::grow(std::size_t capacity) {
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(capacity);
  end_ -= begin_;
  if (end_ > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, end_);
  begin_ = 0;
  bytes_ = std::move(bytes);
  capacity_ = capacity;
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

#include "base/varint.h"

#include <concepts>
#include <limits>

namespace daybook {
namespace {

template <std::unsigned_integral T>
std::size_t write(std::byte* to, T value) {
  std::size_t size = 0;
  while (value >= 0x80) {
    to[size++] = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  to[size++] = static_cast<std::byte>(value);
  return size;
}

template <std::unsigned_integral T>
std::size_t read(BytesView bytes, T& value) {
  T result = 0;
  std::size_t size = 0;
  for (int shift = 0; shift < std::numeric_limits<T>::digits; shift += 7) {
    if (size == bytes.size()) return 0;
    const auto byte = std::to_integer<std::uint8_t>(bytes[size++]);
    const T bits = byte & 0x7f;
    if (bits > std::numeric_limits<T>::max() >> shift) return 0;
    result |= bits << shift;
    if (byte < 0x80) {
      value = result;
      return size;
    }
  }
  return 0;
}

}  // namespace

std::size_t write_varint(std::byte* to, std::uint32_t value) {
  return write(to, value);
}
std::size_t write_varint(std::byte* to, std::uint64_t value) {
  return write(to, value);
}
std::size_t read_varint(BytesView bytes, std::uint32_t& value) {
  return read(bytes, value);
}
std::size_t read_varint(BytesView bytes, std::uint64_t& value) {
  return read(bytes, value);
}

}  // namespace daybook

// Big-endian loads and stores: Kafka's byte order on the wire and on disk. The caller guarantees
// that sizeof(T) bytes are there.

#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace daybook {

template <std::integral T>
T byte_swap(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(value));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(value));
}

template <std::integral T>
T load_be(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return std::endian::native == std::endian::little ? byte_swap(value) : value;
}

template <std::integral T>
void store_be(std::byte* to, T value) {
  if constexpr (std::endian::native == std::endian::little) value = byte_swap(value);
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace daybook

// Variable-length integers, seven bits a byte, the lowest first, as Protocol Buffers and Kafka
// write them. Signed ones are zigzag: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace daybook {

inline constexpr std::size_t kMaxVarint32SizeBytes = 5;
inline constexpr std::size_t kMaxVarint64SizeBytes = 10;

constexpr std::uint32_t zigzag_encode(std::int32_t value) {
  return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
}
constexpr std::uint64_t zigzag_encode(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int32_t zigzag_decode(std::uint32_t value) {
  return static_cast<std::int32_t>(value >> 1) ^ -static_cast<std::int32_t>(value & 1);
}
constexpr std::int64_t zigzag_decode(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Writes to `to`, which has room for the largest; returns how many bytes.
std::size_t write_varint(std::byte* to, std::uint32_t value);
std::size_t write_varint(std::byte* to, std::uint64_t value);
constexpr std::size_t varint_size_bytes(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) value >>= 7, ++size;
  return size;
}

// Reads from the front of `bytes`; returns how many bytes, or 0 if they end within the varint or it
// does not fit the type.
std::size_t read_varint(BytesView bytes, std::uint32_t& value);
std::size_t read_varint(BytesView bytes, std::uint64_t& value);

}  // namespace daybook

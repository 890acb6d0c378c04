#include "base/varint.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace daybook {
namespace {

template <class T>
void expect_round_trip(T value) {
  std::array<std::byte, kMaxVarint64SizeBytes> buffer{};
  const std::size_t size = write_varint(buffer.data(), value);
  EXPECT_EQ(size, varint_size_bytes(value));
  T back = 0;
  EXPECT_EQ(read_varint(BytesView(buffer).first(size), back), size);
  EXPECT_EQ(back, value);
  for (std::size_t n = 0; n < size; ++n) {
    EXPECT_EQ(read_varint(BytesView(buffer).first(n), back), 0u) << value << " cut at " << n;
  }
}

TEST(Varint, EveryBitLengthComesBackAndNoneIsReadWhenCut) {
  for (int bit = 0; bit < 32; ++bit) expect_round_trip(std::uint32_t{1} << bit);
  for (int bit = 0; bit < 64; ++bit) expect_round_trip((std::uint64_t{1} << bit) - 1);
  expect_round_trip(std::numeric_limits<std::uint32_t>::max());
  expect_round_trip(std::numeric_limits<std::uint64_t>::max());
}

TEST(Varint, WhatDoesNotFitTheTypeIsRefused) {
  const std::array<std::byte, 5> too_large = {std::byte{0xff}, std::byte{0xff}, std::byte{0xff},
                                              std::byte{0xff}, std::byte{0x10}};
  std::uint32_t narrow = 0;
  EXPECT_EQ(read_varint(too_large, narrow), 0u);
  std::uint64_t wide = 0;
  EXPECT_EQ(read_varint(too_large, wide), 5u);
  EXPECT_EQ(wide, 0x1'0fff'ffffu);
  EXPECT_EQ(read_varint(Bytes(11, std::byte{0x80}), wide), 0u);
}

TEST(Varint, ZigzagOrdersByDistanceFromZero) {
  EXPECT_EQ(zigzag_encode(std::int32_t{0}), 0u);
  EXPECT_EQ(zigzag_encode(std::int32_t{-1}), 1u);
  EXPECT_EQ(zigzag_encode(std::int32_t{1}), 2u);
  EXPECT_EQ(zigzag_encode(std::numeric_limits<std::int32_t>::min()), 0xffffffffu);
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(zigzag_decode(zigzag_encode(value)), value);
  }
}

}  // namespace
}  // namespace daybook

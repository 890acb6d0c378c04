#include "broker/net/input_buffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "broker/limits.h"

namespace daybook::broker {
namespace {

TEST(InputBuffer, WhatIsAnnouncedCostsNothing) {
  InputBuffer buffer;
  EXPECT_LE(buffer.room(kMaxRequestBytes).size(), kFirstReadBytes);
}

TEST(InputBuffer, GrowsAsBytesArriveAndGivesMemoryBack) {
  InputBuffer buffer;
  const std::size_t wanted = 2 * kKeptInputBytes;
  std::size_t arrived = 0;
  while (arrived < wanted) {
    const std::size_t room = buffer.room(wanted).size();
    ASSERT_GT(room, 0u);
    ASSERT_LE(arrived + room, std::max(2 * arrived + 1, kFirstReadBytes));
    const std::size_t filled = std::min(room, wanted - arrived);
    buffer.filled(filled);
    arrived += filled;
  }
  EXPECT_EQ(buffer.data().size(), wanted);
  buffer.consume(wanted);
  EXPECT_LE(buffer.room(4).size(), kFirstReadBytes);
}

TEST(InputBuffer, ThereIsRoomToReadAhead) {
  InputBuffer buffer;
  EXPECT_EQ(buffer.room(4, kReadAheadBytes).size(), kReadAheadBytes);
  buffer.filled(10);
  EXPECT_EQ(buffer.room(4, kReadAheadBytes).size(), kReadAheadBytes - 10);
}

// What is left of the last read is no reason to read the next requests one by one.
TEST(InputBuffer, ThereIsRoomToReadAheadWhileAByteIsHeld) {
  constexpr std::size_t kRequestBytes = 16'000;
  InputBuffer buffer;
  while (buffer.data().size() <= kRequestBytes) {
    buffer.filled(buffer.room(kRequestBytes).size());
  }
  buffer.consume(buffer.data().size() - 1);
  EXPECT_EQ(buffer.room(4, kReadAheadBytes).size(), kReadAheadBytes - 1);
  buffer.filled(kReadAheadBytes - 1);
  buffer.consume(kReadAheadBytes - 1);
  EXPECT_EQ(buffer.room(4, kReadAheadBytes).size(), kReadAheadBytes - 1);
}

// The beginning of a request that is left behind others does not keep their room from the next.
TEST(InputBuffer, WhatIsLeftBehindOthersMovesToTheFront) {
  InputBuffer buffer;
  buffer.filled(buffer.room(4, kReadAheadBytes).size());
  buffer.consume(kReadAheadBytes / 2);
  EXPECT_EQ(buffer.room(4).size(), kReadAheadBytes / 2);
}

TEST(InputBuffer, BytesComeOutAsTheyWentIn) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    InputBuffer buffer;
    unsigned char next_in = 0;
    unsigned char next_out = 0;
    for (int step = 0; step < 300; ++step) {
      const std::size_t held = buffer.data().size();
      const MutableBytes room = buffer.room(held + random() % 20'000, random() % 20'000);
      const std::size_t filled = random() % (room.size() + 1);
      for (std::size_t i = 0; i < filled; ++i) room[i] = std::byte(next_in++);
      buffer.filled(filled);
      const std::size_t taken = random() % (buffer.data().size() + 1);
      for (std::size_t i = 0; i < taken; ++i) ASSERT_EQ(buffer.data()[i], std::byte(next_out++));
      buffer.consume(taken);
    }
  }
}

}  // namespace
}  // namespace daybook::broker

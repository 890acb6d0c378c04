#include "client/kafka/read_ahead.h"

#include <gmock/gmock.h>

namespace daybook::client::kafka {
namespace {

using ::testing::Contains;
using ::testing::Pair;

constexpr std::size_t kMemoryBytes = 64 << 20;
constexpr RecordMemory kLimit = divide_memory(kMemoryBytes);
constexpr std::size_t kSmallBytes = 100;     // as many as are allowed fill a fraction of the bytes
constexpr std::size_t kLargeBytes = 10'000;  // the other way round

RecordMemory of(std::size_t records, std::size_t record_bytes) {
  return {.bytes = records * record_bytes, .records = records};
}

TEST(ReadAhead, AReaderThatKeepsUpWakesNobody) {
  ReadAhead ahead(kMemoryBytes);
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(ahead.has_room_again(of(100, kSmallBytes), 0));
}

TEST(ReadAhead, NothingTakenIsNoReason) {
  ReadAhead ahead(kMemoryBytes);
  EXPECT_FALSE(ahead.has_room_again({}, kLimit.records));
  EXPECT_FALSE(ahead.has_room_again({}, 0));
}

TEST(ReadAhead, OneThatEmptiesAFullQueueWakesTheFetchersEachTime) {
  ReadAhead ahead(kMemoryBytes);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(ahead.has_room_again(of(kLimit.records, kSmallBytes), 0));
  }
}

TEST(ReadAhead, AFullQueueTakenInSmallPartsWakesThemOnceHalfOfItIsGone) {
  ReadAhead ahead(kMemoryBytes);
  constexpr std::size_t kPart = 7;
  std::size_t woken = 0;
  for (std::size_t left = kLimit.records; left >= kPart; left -= kPart) {
    if (!ahead.has_room_again(of(kPart, kSmallBytes), left - kPart)) continue;
    ++woken;
    EXPECT_LE(left - kPart, kLimit.records / 2);
    EXPECT_GE(left, kLimit.records / 2);
  }
  EXPECT_EQ(woken, 1U);
}

TEST(ReadAhead, LargeRecordsCountByTheirBytes) {
  ReadAhead ahead(kMemoryBytes);
  const std::size_t full = kLimit.bytes / kLargeBytes;
  EXPECT_FALSE(ahead.has_room_again(of(1, kLargeBytes), full - 1));
  EXPECT_TRUE(ahead.has_room_again(of(full / 2, kLargeBytes), full / 4));
  EXPECT_FALSE(ahead.has_room_again(of(full / 4, kLargeBytes), 0));
}

// What the library is told and what is reckoned with are the same.
TEST(ReadAhead, TheLibraryMayHoldWhatTheReaderCallsFull) {
  const Properties properties = ReadAhead(kMemoryBytes).properties();
  EXPECT_THAT(properties, Contains(Pair("queued.min.messages", std::to_string(kLimit.records))));
  EXPECT_THAT(properties,
              Contains(Pair("queued.max.messages.kbytes", std::to_string(kLimit.bytes >> 10))));
}

}  // namespace
}  // namespace daybook::client::kafka

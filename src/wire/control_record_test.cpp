#include "wire/control_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::wire {
namespace {

using ::testing::HasSubstr;

constexpr MarkerPlace kPlace{.producer_id = ProducerId{99},
                             .producer_epoch = ProducerEpoch{2},
                             .timestamp = TimestampMs{1'700'000'000'000},
                             .base_offset = Offset{7},
                             .leader_epoch = LeaderEpoch{3}};

Record record_of(std::string_view key, std::string_view value) {
  return {.offset = Offset{7}, .key = as_bytes(key), .value = as_bytes(value)};
}

using namespace std::string_view_literals;

TEST(ControlRecord, AMarkerComesBackFromItsBatch) {
  for (const auto result : {TransactionResult::kCommit, TransactionResult::kAbort}) {
    const EndTransactionMarker marker{.result = result, .coordinator_epoch = 5};
    const Bytes bytes = end_transaction_batch(marker, kPlace);
    const auto batch = frame_batch(bytes);
    ASSERT_TRUE(batch);
    ASSERT_TRUE(check_batch(*batch)) << check_batch(*batch).error().message;
    EXPECT_TRUE(batch->is_control());
    EXPECT_TRUE(batch->is_transactional());
    EXPECT_EQ(batch->producer_id(), kPlace.producer_id);
    EXPECT_EQ(batch->producer_epoch(), kPlace.producer_epoch);
    EXPECT_EQ(batch->base_sequence(), kNoSequence);
    EXPECT_EQ(batch->last_offset(), Offset{7});
    auto reader = RecordReader::open(*batch);
    ASSERT_TRUE(reader);
    Record record;
    ASSERT_TRUE(reader->next(record).value());
    const auto back = read_end_transaction_marker(record);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, marker);
    EXPECT_FALSE(reader->next(record).value());
  }
}

TEST(ControlRecord, AClientMayNotSendAMarker) {
  const Bytes bytes = end_transaction_batch({}, kPlace);
  const auto checked = check_produced_batch(BatchView(bytes));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, BatchFault::Kind::kNotAllowed);
}

TEST(ControlRecord, LaterVersionsMayBeLonger) {
  const auto marker =
      read_end_transaction_marker(record_of("\0\1\0\1more"sv, "\0\1\0\0\0\5more"sv));
  ASSERT_TRUE(marker) << marker.error().message;
  EXPECT_EQ(*marker, (EndTransactionMarker{TransactionResult::kCommit, 5}));
}

TEST(ControlRecord, ATypeThatIsNotKnownIsNoError) {
  EXPECT_EQ(std::to_underlying(control_record_type(record_of("\0\0\0\x63"sv, "")).value()), 99);
}

TEST(ControlRecord, BytesThatAreNoMarkerAreCorrupt) {
  const auto found = [](std::string_view key, std::string_view value) {
    const auto marker = read_end_transaction_marker(record_of(key, value));
    if (marker) return std::string("a marker");
    EXPECT_EQ(marker.error().code, ErrorCode::kCorrupt);
    return marker.error().message;
  };
  EXPECT_THAT(found("\0\0\0"sv, "\0\0\0\0\0\5"sv), HasSubstr("a key of 3 bytes"));
  EXPECT_THAT(found("\xff\xff\0\1"sv, "\0\0\0\0\0\5"sv), HasSubstr("key version -1"));
  EXPECT_THAT(found("\0\0\0\2"sv, "\0\0\0\0\0\5"sv), HasSubstr("of type 2"));
  EXPECT_THAT(found("\0\0\0\1"sv, "\0\0\0\0\0"sv), HasSubstr("a value of 5 bytes"));
  EXPECT_THAT(found("\0\0\0\1"sv, "\xff\xff\0\0\0\5"sv), HasSubstr("value version -1"));
  const auto without = control_record_type(Record{.offset = Offset{7}});
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message, HasSubstr("offset 7: a key of 0 bytes"));
}

}  // namespace
}  // namespace daybook::wire

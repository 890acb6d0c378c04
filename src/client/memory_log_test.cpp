#include "client/memory_log.h"

#include <gtest/gtest.h>

#include "client/testing/log_contract.h"
#include "client/testing/transactions_contract.h"

namespace daybook::client::testing {
namespace {

// Each client is a log of its own: in memory there is no other.
INSTANTIATE_TEST_SUITE_P(Memory, LogContract,
                         ::testing::Values(LogUnderTest{"memory",
                                                        [] { return make_memory_log(); }}),
                         ::testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(Memory, TransactionsContract,
                         ::testing::Values(TransactionsUnderTest{
                             "memory", [] { return make_memory_log(); },
                             [](LogClient& log) { return make_memory_transactions(log); }}),
                         ::testing::PrintToStringParamName());

TEST(MemoryLog, StampsRecordsWithItsClock) {
  const io::ManualClock clock(TimestampMs{777});
  const auto log = make_memory_log(clock);
  ASSERT_TRUE(log->create_topic({"t", 1, {}}));
  const auto writer = log->make_writer().value();
  OutgoingRecord record;
  record.topic = "t";
  record.value = "v";
  ASSERT_TRUE(writer->write(record));
  const auto reader = log->make_reader().value();
  ASSERT_TRUE(reader->assign({{{"t", PartitionId{0}}, Offset{0}}}));
  const auto batch = reader->fetch(1, 1, milliseconds(0)).value();
  ASSERT_EQ(batch->records().size(), 1U);
  EXPECT_EQ(batch->records()[0].timestamp, TimestampMs{777});
}

}  // namespace
}  // namespace daybook::client::testing

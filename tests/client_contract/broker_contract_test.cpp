// Instantiates the contracts of client/log_client.h and client/transactions.h over Daybook's
// broker, and what is particular to a reader over the network.

#include <chrono>
#include <string>

#include "client/kafka_client.h"
#include "client/testing/log_contract.h"
#include "client/testing/transactions_contract.h"
#include "client_contract/live_broker.h"

namespace daybook::client::testing {
namespace {

daybook::testing::LiveBroker& live_broker() {
  static daybook::testing::LiveBroker broker;
  return broker;
}

INSTANTIATE_TEST_SUITE_P(Broker, LogContract,
                         ::testing::Values(LogUnderTest{
                             "daybook", [] { return live_broker().make_client(); }}),
                         ::testing::PrintToStringParamName());

// However little a reader may hold: it always takes one record more.
TEST(ReadAhead, TheLeastIsEnoughForEveryRecord) {
  constexpr int kRecords = 5'000;
  constexpr milliseconds kPatience{60'000};
  KafkaOptions options;
  options.bootstrap = live_broker().address();
  options.read_ahead_bytes = 0;
  const auto log = make_kafka_client(options).value();
  const TopicPartition partition{"read-ahead", PartitionId{0}};
  ASSERT_TRUE(log->create_topic({partition.topic, 1, {}}));
  const auto writer = log->make_writer().value();
  for (int i = 0; i < kRecords; ++i) {
    const std::string value(i == kRecords / 2 ? 900'000 : 100, 'x');
    OutgoingRecord record;
    record.topic = partition.topic;
    record.value = value;
    ASSERT_TRUE(writer->write(record));
  }
  ASSERT_TRUE(writer->flush(kPatience));
  const auto reader = log->make_reader().value();
  ASSERT_TRUE(reader->assign({{partition, Offset{0}}}));
  std::int64_t next = 0;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (next < kRecords && std::chrono::steady_clock::now() < deadline) {
    const auto batch = reader->fetch(kRecords, 1 << 20, milliseconds(100));
    ASSERT_TRUE(batch) << batch.error().message;
    for (const auto& record : (*batch)->records()) ASSERT_EQ(record.offset.value, next++);
  }
  EXPECT_EQ(next, kRecords);
  EXPECT_TRUE(log->delete_topic(partition.topic));
}

INSTANTIATE_TEST_SUITE_P(Broker, TransactionsContract,
                         ::testing::Values(TransactionsUnderTest{
                             "daybook", [] { return live_broker().make_client(); },
                             [](LogClient&) { return live_broker().make_transactions(); }}),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace daybook::client::testing

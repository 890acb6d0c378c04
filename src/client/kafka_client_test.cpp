#include "client/kafka_client.h"

#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>

#include "client/testing/log_contract.h"
#include "client/testing/transactions_contract.h"

namespace daybook::client::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kBootstrapVariable = "DAYBOOK_TEST_BOOTSTRAP";

KafkaOptions live_options() {
  KafkaOptions options;
  options.bootstrap = std::getenv(kBootstrapVariable);
  options.read_ahead_bytes = 4 << 20;
  return options;
}

// The contract over a live log, if one is named; tests/client_contract starts one of ours.
std::vector<LogUnderTest> live_logs() {
  if (std::getenv(kBootstrapVariable) == nullptr) return {};
  return {{"kafka", [] { return make_kafka_client(live_options()).value(); }}};
}

INSTANTIATE_TEST_SUITE_P(Kafka, LogContract, ::testing::ValuesIn(live_logs()),
                         ::testing::PrintToStringParamName());

std::vector<TransactionsUnderTest> live_transactions() {
  std::vector<TransactionsUnderTest> result;
  for (const auto& log : live_logs()) {
    result.push_back(
        {log.name, log.make, [](LogClient&) { return make_kafka_transactions(live_options()); }});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Kafka, TransactionsContract, ::testing::ValuesIn(live_transactions()),
                         ::testing::PrintToStringParamName());

TEST(KafkaClient, NoAddressIsRefused) {
  const auto client = make_kafka_client({});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kInvalid);
}

TEST(KafkaClient, APropertyThatTheLibraryDoesNotKnowIsRefusedByName) {
  KafkaOptions options;
  options.bootstrap = "127.0.0.1:1";
  options.properties["no.such.property"] = "1";
  const auto client = make_kafka_client(options);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(client.error().message, HasSubstr("no.such.property"));
}

TEST(KafkaClient, AnAddressThatNobodyAnswersIsAnErrorToRetry) {
  KafkaOptions options;
  options.bootstrap = "127.0.0.1:1";
  options.request_timeout = milliseconds(200);
  const auto client = make_kafka_client(options).value();
  const auto topics = client->list_topics();
  ASSERT_FALSE(topics);
  EXPECT_TRUE(topics.error().retriable()) << topics.error().message;
  const auto created = client->create_topic({"t", 1, {}});
  ASSERT_FALSE(created);
  EXPECT_TRUE(created.error().retriable()) << created.error().message;
  const auto writer = client->make_writer().value();
  OutgoingRecord record;
  record.topic = "t";
  record.value = "v";
  ASSERT_TRUE(writer->write(record)) << "it is only queued";
  const auto flushed = writer->flush(milliseconds(100));
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::kTimedOut);
}

TEST(KafkaClient, NothingWaitsForALogThatIsAwayOnceThePatienceEnds) {
  constexpr milliseconds kLong{60'000};
  KafkaOptions options;
  options.bootstrap = "127.0.0.1:1";
  options.request_timeout = kLong;
  const auto client = make_kafka_client(options).value();
  const auto writer = client->make_writer().value();
  OutgoingRecord record;
  record.topic = "t";
  ASSERT_TRUE(writer->write(record));
  const auto began = Patience::Clock::now();
  std::jthread waiting([&client] { EXPECT_FALSE(client->describe_topic("t")); });
  options.patience->end_in(milliseconds(100));
  waiting.join();
  EXPECT_FALSE(client->list_topics());
  EXPECT_FALSE(client->offsets({"t", PartitionId{0}}));
  EXPECT_FALSE(client->offset_at({"t", PartitionId{0}}, TimestampMs{1}));
  EXPECT_FALSE(client->create_topic({"t", 1, {}}));
  EXPECT_FALSE(writer->flush(kLong));
  EXPECT_FALSE(make_kafka_transactions(options)->make_writer("one"));
  EXPECT_LT(Patience::Clock::now() - began, kLong / 2);
}

}  // namespace
}  // namespace daybook::client::testing

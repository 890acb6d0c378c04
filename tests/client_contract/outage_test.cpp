// A broker that stops and comes back, as readers and writers see it: they wait, and go on without
// losing, repeating or reordering a record.

#include <thread>

#include <gtest/gtest.h>

#include "client/log_client.h"
#include "client_contract/live_broker.h"

namespace daybook::client {
namespace {

using daybook::testing::LiveBroker;
using std::chrono::steady_clock;

constexpr milliseconds kPatience{60'000};
constexpr milliseconds kShortWait{100};
const TopicPartition kPartition{"t", PartitionId{0}};

OutgoingRecord record_of(const std::string& value) {
  OutgoingRecord record;
  record.topic = kPartition.topic;
  record.value = value;
  return record;
}

// Reads until `next` is `end`, checking that the values count up.
void read_up_to(Reader& reader, std::int64_t& next, std::int64_t end) {
  const auto deadline = steady_clock::now() + kPatience;
  while (next < end && steady_clock::now() < deadline) {
    const auto batch = reader.fetch(10'000, 1 << 20, kShortWait);
    ASSERT_TRUE(batch) << batch.error().message;
    for (const auto& record : (*batch)->records()) {
      ASSERT_EQ(record.offset.value, next);
      ASSERT_EQ(record.value, std::to_string(next));
      ++next;
    }
  }
  ASSERT_EQ(next, end);
}

TEST(Outage, ReadersAndWritersGoOnWhereTheyWere) {
  LiveBroker broker;
  const auto client = broker.make_client();
  ASSERT_TRUE(client->create_topic({kPartition.topic, 1, {}}));
  const auto writer = client->make_writer().value();
  const auto reader = client->make_reader().value();
  ASSERT_TRUE(reader->assign({{kPartition, Offset{0}}}));

  std::int64_t written = 0;
  std::int64_t read = 0;
  constexpr int kOutages = 3;
  constexpr int kRecords = 2'000;
  for (int outage = 0; outage < kOutages; ++outage) {
    for (int i = 0; i < kRecords; ++i) {
      ASSERT_TRUE(writer->write(record_of(std::to_string(written++))));
      if (i == kRecords / 2) broker.stop();  // with records on their way
    }
    const auto away = writer->flush(milliseconds(300));
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().code, ErrorCode::kTimedOut);
    const auto nothing = reader->fetch(1, 1, kShortWait);
    ASSERT_TRUE(nothing) << "an outage is not an error of the reader: " << nothing.error().message;
    broker.start();
    const auto flushed = writer->flush(kPatience);
    ASSERT_TRUE(flushed) << flushed.error().message;
    read_up_to(*reader, read, written);
  }
  EXPECT_EQ(client->offsets(kPartition).value().end, Offset{written});
}

TEST(Outage, ARequestWhileTheBrokerIsAwayIsAnErrorToRetry) {
  LiveBroker broker;
  ASSERT_TRUE(broker.make_client()->create_topic({kPartition.topic, 1, {}}));
  const auto client = broker.make_client(milliseconds(500));
  broker.stop();
  const auto info = client->describe_topic(kPartition.topic);
  ASSERT_FALSE(info);
  EXPECT_TRUE(info.error().retriable()) << info.error().message;
  broker.start();
  const auto deadline = steady_clock::now() + kPatience;
  bool is_answered = false;
  while (!is_answered && steady_clock::now() < deadline) {
    is_answered = client->describe_topic(kPartition.topic).has_value();
  }
  EXPECT_TRUE(is_answered);
}

}  // namespace
}  // namespace daybook::client

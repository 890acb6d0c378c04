#include "flow/lookup/lookup_wait.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/memory_log.h"
#include "flow/lookup/fake_table.h"

namespace daybook::flow {
namespace {

using testing::HasSubstr;

class LookupWaitTest : public testing::Test {
 protected:
  LookupWaitTest() { spec_.lookups = {{"c", "customers", {"id"}, std::nullopt}}; }

  void make_topic() { ASSERT_TRUE(log_->create_topic({"customers", 1, {}})); }
  void write(int events) {
    const auto writer = log_->make_writer().value();
    for (int i = 0; i < events; ++i) {
      client::OutgoingRecord record;
      record.topic = "customers";
      record.partition = PartitionId{0};
      record.timestamp = TimestampMs{1};
      record.value = "{}";
      ASSERT_TRUE(writer->write(record));
    }
  }
  void table_is_at(std::int64_t offset) {
    table_.set({customer_columns(), {{partition_, Offset{offset}}}, ""});
  }
  std::string waits_for() {
    const auto answer = wait_.waits_for();
    EXPECT_TRUE(answer);
    return answer->value_or("nothing");
  }

  const client::TopicPartition partition_{"customers", PartitionId{0}};
  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  FakeTable table_{"customers"};
  const LookupTables tables_{&table_};
  ProcessorSpec spec_;
  LookupWait wait_{*log_, spec_, tables_};
};

TEST_F(LookupWaitTest, UntilTheTableHasWhatTheLogHeldAtTheStartAndNoMore) {
  make_topic();
  write(5);
  table_is_at(3);
  EXPECT_THAT(waits_for(), HasSubstr("view customers"));
  write(5);
  table_is_at(4);
  EXPECT_THAT(waits_for(), HasSubstr("view customers"));
  table_is_at(5);
  EXPECT_EQ(waits_for(), "nothing");
  table_is_at(0);
  EXPECT_EQ(waits_for(), "nothing");
}

TEST_F(LookupWaitTest, ForATopicThatIsNotThereAndForColumns) {
  table_is_at(0);
  EXPECT_THAT(waits_for(), HasSubstr("view customers"));
  make_topic();
  table_.set({std::nullopt, {}, "waiting for the columns"});
  EXPECT_EQ(waits_for(), "waiting for view customers: waiting for the columns");
  table_is_at(0);
  EXPECT_EQ(waits_for(), "nothing");
}

TEST_F(LookupWaitTest, UntilTheTableHasPassedWhatIsNoEventAtTheEnd) {
  make_topic();
  write(5);
  ASSERT_TRUE(client::empty_offset(*log_, partition_, Offset{5}));
  table_is_at(5);
  EXPECT_THAT(waits_for(), HasSubstr("to reach customers/0:6"));
  table_is_at(6);
  EXPECT_EQ(waits_for(), "nothing");
}

}  // namespace
}  // namespace daybook::flow

#include "flow/processor_run.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "client/memory_log.h"
#include "flow/make_transform.h"

namespace daybook::flow {
namespace {

// Counts what is committed.
class CountedWriter final : public client::TransactionalWriter {
 public:
  CountedWriter(std::unique_ptr<client::TransactionalWriter> writer, int& commits)
      : writer_(std::move(writer)), commits_(commits) {}
  Status begin() override { return writer_->begin(); }
  Status write(const client::OutgoingRecord& record) override { return writer_->write(record); }
  Status commit(client::MemberReader& member, const client::Position& next) override {
    ++commits_;
    return writer_->commit(member, next);
  }
  Status abort() override { return writer_->abort(); }

 private:
  std::unique_ptr<client::TransactionalWriter> writer_;
  int& commits_;
};

class CountedTransactions final : public client::Transactions {
 public:
  explicit CountedTransactions(client::LogClient& log)
      : transactions_(client::make_memory_transactions(log)) {}
  Result<std::unique_ptr<client::MemberReader>> join(const client::GroupSpec& spec) override {
    return transactions_->join(spec);
  }
  Result<std::unique_ptr<client::TransactionalWriter>> make_writer(const std::string& id) override {
    DAYBOOK_TRY(auto writer, transactions_->make_writer(id));
    return std::make_unique<CountedWriter>(std::move(writer), commits);
  }

  int commits = 0;

 private:
  std::unique_ptr<client::Transactions> transactions_;
};

class ProcessorRunTest : public testing::Test {
 protected:
  ProcessorRunTest() {
    spec_.name = "p";
    spec_.inputs = {
        {"tx", "in", client::Schema{client::Envelope::kPlain, {{"id", "BIGINT", false}}}}};
    spec_.outputs = {{"out", ""}};
    spec_.sql = "SELECT id FROM tx";
    EXPECT_TRUE(log_->create_topic({"in", 1, {}}));
    writer_ = log_->make_writer().value();
    EXPECT_TRUE(run_.open({*spec_.inputs[0].declared}, make_transform));
  }

  void write() {
    client::OutgoingRecord record;
    record.topic = "in";
    record.value = R"({"id":1})";
    ASSERT_TRUE(writer_->write(record));
    ++end_;
  }
  // As a transaction leaves one behind its records.
  void write_mark() { ASSERT_TRUE(client::empty_offset(*log_, partition_, Offset{end_++})); }
  // How many events came.
  std::size_t step() {
    const auto step = run_.step(client::milliseconds(0));
    EXPECT_TRUE(step) << step.error().message;
    return step ? step->events : 0;
  }
  std::int64_t position() { return run_.position().at(partition_).value; }

  const client::TopicPartition partition_{"in", PartitionId{0}};
  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  CountedTransactions transactions_{*log_};
  std::unique_ptr<client::Writer> writer_;
  ProcessorSpec spec_;
  const ProcessorIdentity identity_{"g", "one"};
  ProcessorRun run_{*log_, transactions_, spec_, identity_};
  std::int64_t end_ = 0;
};

TEST_F(ProcessorRunTest, AnEndIsCommittedWithTheEventsBehindIt) {
  for (int i = 0; i < 10; ++i) {
    write();
    ASSERT_EQ(step(), 1U);
    write_mark();
    ASSERT_EQ(step(), 0U);
  }
  EXPECT_EQ(transactions_.commits, 10);
  EXPECT_EQ(position(), 19) << "the last mark is not passed yet";
}

TEST_F(ProcessorRunTest, AnEndIsCommittedAloneWhenNothingComesAnyMore) {
  write();
  ASSERT_EQ(step(), 1U);
  write_mark();
  for (int i = 0; i < 5; ++i) step();
  EXPECT_EQ(transactions_.commits, 2);
  EXPECT_EQ(position(), 2);
}

TEST_F(ProcessorRunTest, EndsWithoutEventsDoNotWaitForEver) {
  constexpr int kManyMarks = 1'000;
  write_mark();
  step();
  for (int i = 0; i < kManyMarks; ++i) {
    write_mark();
    step();
  }
  EXPECT_GT(position(), kManyMarks / 2);
  EXPECT_GT(transactions_.commits, 0);
  EXPECT_LT(transactions_.commits, kManyMarks / 10);
}

}  // namespace
}  // namespace daybook::flow

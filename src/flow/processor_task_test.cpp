#include "flow/processor_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "client/memory_log.h"
#include "flow/make_transform.h"

namespace daybook::flow {
namespace {

using client::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::chrono::seconds kPatience{60};

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

client::Schema columns(std::vector<client::Column> list) {
  return {client::Envelope::kPlain, std::move(list)};
}

class ProcessorTest : public testing::Test {
 protected:
  ProcessorTest() {
    spec_.name = "p";
    spec_.inputs = {{"tx", "in",
                     columns({{"id", "BIGINT", false},
                              {"amount", "DECIMAL(18,2)", false},
                              {"parts", "JSON", false}})}};
    spec_.sql = "SELECT id, amount * 2 AS twice FROM tx WHERE amount > 0";
    spec_.outputs = {{"out", ""}};
  }

  void make_topic(const std::string& name, std::int32_t partitions = 1) {
    ASSERT_TRUE(log_->create_topic({name, partitions, {}}));
  }
  void write(const std::string& value, std::optional<std::string_view> key = std::nullopt,
             std::int32_t partition = 0, const std::string& topic = "in") {
    if (!writer_) writer_ = log_->make_writer().value();
    client::OutgoingRecord record;
    record.topic = topic;
    record.partition = PartitionId{partition};
    record.timestamp = TimestampMs{1'000'000 + ++written_};
    record.key = key;
    record.value = value;
    record.headers = {{"trace", "t1"}};
    const auto done = writer_->write(record);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::unique_ptr<Task> start(const std::string& instance = "one") {
    auto task = make_processor_task(*log_, *transactions_, io::real_clock(), spec_,
                                    {"app.p", instance}, make_transform);
    task->start();
    return task;
  }
  std::int64_t count(const std::string& topic, std::int32_t partition = 0) {
    const auto range = log_->offsets({topic, PartitionId{partition}});
    return range ? range->end.value : 0;
  }
  // "key|value|timestamp|headers" of each record of a partition.
  std::vector<std::string> read(const std::string& topic, std::int32_t partition = 0) {
    auto reader = log_->make_reader().value();
    EXPECT_TRUE(reader->assign({{{topic, PartitionId{partition}}, Offset{0}}}));
    const auto batch = reader->fetch(1'000'000, 1u << 30, milliseconds(0)).value();
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < batch->records().size(); ++i) {
      const auto& record = batch->records()[i];
      std::string headers;
      for (const auto& header : batch->headers(i)) {
        headers += std::string(header.name) + "=" + std::string(header.value.value_or("~")) + ";";
      }
      lines.push_back(std::string(record.key.value_or("~")) + "|" +
                      std::string(record.value.value_or("~")) + "|" +
                      std::to_string(record.timestamp.value) + "|" + headers);
    }
    return lines;
  }
  std::vector<std::string> values(const std::string& topic, std::int32_t partition = 0) {
    std::vector<std::string> result;
    for (const auto& line : read(topic, partition)) {
      result.push_back(line.substr(line.find('|') + 1, line.rfind('|') - line.find('|') - 1));
      result.back().resize(result.back().rfind('|'));
    }
    return result;
  }
  void run_until(const std::string& topic, std::int64_t records) {
    const auto task = start();
    EXPECT_TRUE(eventually([&] { return count(topic) >= records; }))
        << count(topic) << " records, " << task->status().last_error;
  }

  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  std::unique_ptr<client::Transactions> transactions_ = client::make_memory_transactions(*log_);
  std::unique_ptr<client::Writer> writer_;
  int written_ = 0;
  ProcessorSpec spec_;
};

TEST_F(ProcessorTest, RowsBecomeRecordsWithWhatTheirEventsHad) {
  make_topic("in");
  write(R"({"id":9007199254740993,"amount":"12.05"})", "k1");
  write(R"({"id":2,"amount":-1})", "k2");
  write(R"({"id":3,"amount":0.10})");
  run_until("out", 2);
  EXPECT_THAT(read("out"),
              ElementsAre(R"(k1|{"id":9007199254740993,"twice":"24.10"}|1000001|trace=t1;)",
                          R"(~|{"id":3,"twice":"0.20"}|1000003|trace=t1;)"));
  const auto schema = client::find_schema(*log_, "out").value();
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->columns[0].type, "BIGINT");
}

TEST_F(ProcessorTest, ColumnsWithReservedNamesSayWhatTheRecordIs) {
  make_topic("in");
  make_topic("out", 3);
  spec_.sql =
      "SELECT id AS _key, TIMESTAMP '2026-01-02 03:04:05' AS _timestamp, 2 AS _partition, "
      "json_object('from', _headers->>'trace', 'none', NULL) AS _headers, amount FROM tx";
  write(R"({"id":7,"amount":1})", "k");
  const auto task = start();
  ASSERT_TRUE(eventually([&] { return count("out", 2) == 1; })) << task->status().last_error;
  EXPECT_THAT(read("out", 2), ElementsAre(R"(7|{"amount":"1.00"}|1767323045000|from=t1;none=~;)"));
}

TEST_F(ProcessorTest, AValueCanBeMadeWholeAndATombstoneIsOne) {
  make_topic("in");
  spec_.sql = "SELECT CASE WHEN amount > 0 THEN 'n' || id END AS _value, id AS _key FROM tx";
  write(R"({"id":1,"amount":1})");
  write(R"({"id":2,"amount":0})");
  run_until("out", 2);
  EXPECT_THAT(values("out"), ElementsAre("n1", "~"));
  EXPECT_FALSE(client::find_schema(*log_, "out").value()) << "nothing is known of such values";
}

TEST_F(ProcessorTest, UnnestMakesARowOfEachElementInOrder) {
  make_topic("in");
  spec_.sql = "SELECT id, unnest(parts::VARCHAR[]) AS part FROM tx";
  write(R"({"id":1,"parts":["a","b","c"]})");
  write(R"({"id":2,"parts":[]})");
  write(R"({"id":3,"parts":["d"]})");
  run_until("out", 4);
  EXPECT_THAT(values("out"), ElementsAre(R"({"id":1,"part":"a"})", R"({"id":1,"part":"b"})",
                                         R"({"id":1,"part":"c"})", R"({"id":3,"part":"d"})"));
}

TEST_F(ProcessorTest, RowsGoWhereTheRulesSay) {
  make_topic("in");
  spec_.sql = "SELECT id, amount FROM tx";
  spec_.outputs = {{"out", "amount >= 100"}, {"all", ""}, {"odd", "id % 2 = 1"}};
  for (int i = 0; i < 4; ++i) {
    write(R"({"id":)" + std::to_string(i) + R"(,"amount":)" + std::to_string(i * 50) + "}");
  }
  run_until("all", 4);
  EXPECT_THAT(values("out"),
              ElementsAre(R"({"id":2,"amount":"100.00"})", R"({"id":3,"amount":"150.00"})"));
  EXPECT_EQ(count("all"), 4);
  EXPECT_THAT(values("odd"),
              ElementsAre(R"({"id":1,"amount":"50.00"})", R"({"id":3,"amount":"150.00"})"));
}

TEST_F(ProcessorTest, SelectsOverSeveralTopicsArePutTogether) {
  make_topic("in");
  make_topic("other");
  spec_.inputs.push_back({"o", "other", columns({{"x", "BIGINT", false}})});
  spec_.sql =
      "SELECT id, 'tx' AS kind FROM tx UNION ALL SELECT x AS id, 'o' AS kind FROM o "
      "UNION ALL SELECT -id AS id, 'again' AS kind FROM tx";
  write(R"({"id":1})");
  write(R"({"id":2})");
  write(R"({"x":10})", std::nullopt, 0, "other");
  run_until("out", 5);
  auto got = values("out");
  EXPECT_THAT(
      got, testing::UnorderedElementsAre(R"({"id":1,"kind":"tx"})", R"({"id":-1,"kind":"again"})",
                                         R"({"id":2,"kind":"tx"})", R"({"id":-2,"kind":"again"})",
                                         R"({"id":10,"kind":"o"})"));
  std::erase(got, R"({"id":10,"kind":"o"})");
  EXPECT_THAT(got, ElementsAre(R"({"id":1,"kind":"tx"})", R"({"id":-1,"kind":"again"})",
                               R"({"id":2,"kind":"tx"})", R"({"id":-2,"kind":"again"})"))
      << "what one event makes stays together, in its order";
}

TEST_F(ProcessorTest, AChangeIsSeenAsTheRowAfterIt) {
  make_topic("in");
  spec_.inputs[0].declared->envelope = client::Envelope::kDebezium;
  spec_.sql = "SELECT id, amount FROM tx";
  const std::string change =
      R"({"op":"u","before":{"id":1,"amount":"1"},"after":{"id":1,"amount":"2"}})";
  write(change);
  write(R"({"op":"d","before":{"id":1,"amount":"2"},"after":null})");
  write(R"({"op":"c","before":null,"after":{"id":3,"amount":"3"}})");
  run_until("out", 2);
  EXPECT_THAT(values("out"),
              ElementsAre(R"({"id":1,"amount":"2.00"})", R"({"id":3,"amount":"3.00"})"));
}

TEST_F(ProcessorTest, WithItsSignTheRowBeforeIsSeenAsWell) {
  make_topic("in");
  spec_.inputs[0].declared->envelope = client::Envelope::kDebezium;
  spec_.sql = "SELECT amount * _sign AS change FROM tx";
  write(R"({"op":"u","before":{"id":1,"amount":"1"},"after":{"id":1,"amount":"2"}})");
  run_until("out", 2);
  EXPECT_THAT(values("out"), ElementsAre(R"({"change":"-1.00"})", R"({"change":"2.00"})"));
}

TEST_F(ProcessorTest, WhatCannotBeAppliedGoesToTheRejectedTopicAndTheRestOn) {
  make_topic("in");
  spec_.sql = "SELECT id, 10 // id AS x, id::TINYINT AS small FROM tx";
  write("not json");
  write(R"({"id":1})");
  write(R"({"id":1000})", "k");
  write(R"({"id":2})");
  run_until("out", 2);
  EXPECT_THAT(values("out"),
              ElementsAre(R"({"id":1,"x":10,"small":1})", R"({"id":2,"x":5,"small":2})"));
  const auto rejected = read("in.rejected");
  ASSERT_EQ(rejected.size(), 2U);
  EXPECT_THAT(rejected[0],
              HasSubstr("daybook.offset=0;daybook.reason=the value is not a JSON object"));
  EXPECT_THAT(rejected[1], HasSubstr(R"(k|{"id":1000}|)"));
  EXPECT_THAT(rejected[1], HasSubstr("daybook.task=p;daybook.topic=in;daybook.partition=0;"
                                     "daybook.offset=2;daybook.reason=SQL: "));
}

TEST_F(ProcessorTest, ARowThatMakesNoRecordRejectsItsEventWhole) {
  make_topic("in");
  spec_.sql = "SELECT unnest(parts::INTEGER[]) AS _partition, id FROM tx";
  write(R"({"id":1,"parts":[0,5]})");
  write(R"({"id":2,"parts":[0]})");
  run_until("out", 1);
  EXPECT_THAT(values("out"), ElementsAre(R"({"id":2})"));
  EXPECT_THAT(read("in.rejected").at(0), HasSubstr("_partition is 5, and topic out has 1"));
}

TEST_F(ProcessorTest, HowFarBehindItIsIsUnknownUntilItHasJoined) {
  make_topic("in");
  write(R"({"id":1})");
  spec_.sql = "SELECT nothing FROM t";
  const auto task = start();
  ASSERT_TRUE(eventually([&] { return task->status().state == TaskState::kFailed; }));
  EXPECT_EQ(task->status().lag_events, std::nullopt);
}

TEST_F(ProcessorTest, OnErrorStopStopsAtTheEventAndSaysSo) {
  make_topic("in");
  spec_.stop_on_error = true;
  write(R"({"id":"x"})");
  const auto task = start();
  TaskStatus seen;  // of one look: it tries again soon
  ASSERT_TRUE(eventually([&] {
    seen = task->status();
    return seen.state == TaskState::kFailed;
  }));
  EXPECT_THAT(seen.detail, HasSubstr("event in/0:0 cannot be applied"));
  EXPECT_EQ(seen.lag_events, 1);
  EXPECT_EQ(count("out"), 0);
  EXPECT_FALSE(log_->describe_topic("in.rejected"));
}

TEST_F(ProcessorTest, HowBatchesAreCutDoesNotShow) {
  make_topic("in", 2);
  spec_.sql = "SELECT id, amount, unnest(parts::INTEGER[]) AS part FROM tx WHERE id % 3 <> 0";
  for (int i = 0; i < 600; ++i) {
    const auto id = std::to_string(i);
    write(i % 50 == 7 ? "{" : R"({"id":)" + id + R"(,"amount":"1.5","parts":[1,)" + id + "]}",
          i % 2 == 0 ? std::optional<std::string_view>() : "key", i % 2);
  }
  std::vector<std::vector<std::string>> expected;
  for (const std::size_t size : {1U, 7U, 1'000U, 50'000U}) {
    spec_.outputs[0].topic = "out" + std::to_string(size);
    spec_.max_batch_events = size;
    auto task = make_processor_task(*log_, *transactions_, io::real_clock(), spec_,
                                    {"g" + std::to_string(size), "one"}, make_transform);
    task->start();
    ASSERT_TRUE(eventually([&] { return task->status().events_applied == 600; }));
    task->stop();
    std::vector<std::vector<std::string>> got{read(spec_.outputs[0].topic, 0),
                                              read(spec_.outputs[0].topic, 1)};
    if (expected.empty()) expected = got;
    EXPECT_EQ(got, expected) << "batches of " << size;
  }
  EXPECT_EQ(expected[0].size() + expected[1].size(), 2U * (400 - 8));
}

TEST_F(ProcessorTest, TasksShareThePartitionsAndEachEventCountsOnce) {
  constexpr int kEvents = 2'000;
  make_topic("in", 4);
  make_topic("out", 4);
  spec_.sql = "SELECT id FROM tx";
  spec_.max_batch_events = 10;
  auto first = start("one");
  auto second = start("two");
  for (int i = 0; i < kEvents; ++i) {
    write(R"({"id":)" + std::to_string(i) + "}", std::nullopt, i % 4);
    if (i == kEvents / 4) first->stop();
    if (i == kEvents / 2) first->start();
    if (i == kEvents * 3 / 4) second.reset();
  }
  const auto total = [&] {
    return count("out", 0) + count("out", 1) + count("out", 2) + count("out", 3);
  };
  ASSERT_TRUE(eventually([&] { return total() >= kEvents; }));
  first->stop();
  for (int partition = 0; partition < 4; ++partition) {
    const auto got = values("out", partition);
    ASSERT_EQ(got.size(), static_cast<std::size_t>(kEvents / 4));
    for (int i = 0; i < kEvents / 4; ++i) {
      ASSERT_EQ(got[static_cast<std::size_t>(i)],
                R"({"id":)" + std::to_string(4 * i + partition) + "}");
    }
  }
}

TEST_F(ProcessorTest, ItsPositionPassesWhatIsNoEventAtTheEnd) {
  make_topic("in", 3);
  const auto empty = [&](std::int32_t partition, std::int64_t offset) {
    ASSERT_TRUE(client::empty_offset(*log_, {"in", PartitionId{partition}}, Offset{offset}));
  };
  write(R"({"id":1,"amount":1})", std::nullopt, 0);
  empty(0, 1);                                                  // the mark of a transaction
  for (int offset = 0; offset < 3; ++offset) empty(1, offset);  // one that was aborted
  for (int id = 2; id < 5; ++id) write(R"({"id":)" + std::to_string(id) + "}", std::nullopt, 2);
  for (int offset = 1; offset < 3; ++offset) empty(2, offset);  // what compaction left
  spec_.sql = "SELECT id FROM tx";
  const auto task = start();
  const auto stop_at_end = [&] {
    ASSERT_TRUE(eventually([&] { return task->status().state == TaskState::kRunning; }))
        << task->status().last_error;
    EXPECT_TRUE(eventually([&] { return task->status().lag_events == 0; }));
    task->stop();
  };
  const auto committed = [&](std::int32_t partition) {
    const auto member = transactions_->join({"app.p", {"in"}, "one"}).value();
    EXPECT_TRUE(member->fetch(1, 1, milliseconds(0)));
    return member->assigned().at({"in", PartitionId{partition}});
  };
  stop_at_end();
  EXPECT_EQ(task->status().events_applied, 2);
  EXPECT_EQ(committed(0), Offset{2});
  EXPECT_EQ(committed(1), Offset{3});
  EXPECT_EQ(committed(2), Offset{3});
  empty(0, 2);  // and nothing else
  task->start();
  stop_at_end();
  EXPECT_EQ(committed(0), Offset{3});
  write(R"({"id":9})", std::nullopt, 2);
  task->start();
  ASSERT_TRUE(eventually([&] { return count("out", 2) == 2; }));
  task->stop();
  EXPECT_EQ(committed(2), Offset{4});
  EXPECT_THAT(values("out", 0), ElementsAre(R"({"id":1})"));
  EXPECT_THAT(values("out", 2), ElementsAre(R"({"id":2})", R"({"id":9})"));
  EXPECT_EQ(count("out", 1), 0);
}

TEST_F(ProcessorTest, ItsPositionStaysBeforeAnEventThatStopsIt) {
  make_topic("in");
  spec_.stop_on_error = true;
  write("no json");
  ASSERT_TRUE(client::empty_offset(*log_, {"in", PartitionId{0}}, Offset{1}));
  const auto task = start();
  ASSERT_TRUE(eventually([&] { return task->status().state == TaskState::kFailed; }));
  task->stop();
  const auto member = transactions_->join({"app.p", {"in"}, "one"}).value();
  const auto batch = member->fetch(10, 1'000, milliseconds(0)).value();
  EXPECT_EQ(member->assigned().at({"in", PartitionId{0}}), Offset{0});
  EXPECT_EQ(batch->records().size(), 1U);
}

TEST_F(ProcessorTest, LateEventsAreCountedAmongTheRejectedByTheProcessThatHadThem) {
  make_topic("in");
  spec_.sql = "SELECT count(*) AS n FROM tx GROUP BY _partition";
  spec_.window = WindowSpec{.by = "1", .size_ms = 10, .every_ms = 10};
  write(R"({"id":1})");
  written_ += 100;
  write(R"({"id":2})");
  written_ -= 100;
  write(R"({"id":3})");  // of the first window, which the second event has closed
  write("no json");
  auto task = start();
  ASSERT_TRUE(eventually([&] { return task->status().events_applied == 4; }));
  EXPECT_EQ(task->status().rejected, 2);
  EXPECT_EQ(task->status().late, 1);
  task->stop();
  task = start();
  write(R"({"id":4})");
  ASSERT_TRUE(eventually([&] { return task->status().events_applied == 1; }));
  EXPECT_EQ(task->status().late, 1) << "those that are read back count no second time";
  EXPECT_EQ(count("in.rejected"), 3);
}

TEST_F(ProcessorTest, ItWaitsForItsTopicsAndTheirColumns) {
  spec_.inputs[0].declared.reset();
  const auto task = start();
  ASSERT_TRUE(eventually([&] { return task->status().detail == "waiting for topic in"; }));
  make_topic("in");
  ASSERT_TRUE(eventually(
      [&] { return task->status().detail.starts_with("waiting for the columns of topic in"); }));
  ASSERT_TRUE(client::publish_schema(
      *log_, "in", columns({{"id", "BIGINT", false}, {"amount", "BIGINT", false}})));
  write(R"({"id":1,"amount":2})");
  EXPECT_TRUE(eventually([&] { return count("out") == 1; })) << task->status().detail;
}

TEST_F(ProcessorTest, WhatDoesNotFitOldColumnsIsTriedWithThoseThatCameSince) {
  make_topic("in");
  spec_.inputs[0].declared.reset();
  ASSERT_TRUE(client::publish_schema(
      *log_, "in", columns({{"id", "TINYINT", false}, {"amount", "BIGINT", false}})));
  const auto task = start();
  write(R"({"id":1,"amount":2})");
  ASSERT_TRUE(eventually([&] { return count("out") == 1; })) << task->status().detail;
  ASSERT_TRUE(client::publish_schema(
      *log_, "in", columns({{"id", "BIGINT", false}, {"amount", "BIGINT", false}})));
  write(R"({"id":1000,"amount":2})");
  ASSERT_TRUE(eventually([&] { return count("out") == 2; })) << task->status().detail;
  EXPECT_EQ(task->status().rejected, 0);
}

}  // namespace
}  // namespace daybook::flow

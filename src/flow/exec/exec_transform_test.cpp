#include "flow/exec/exec_transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/report.h"
#include "base/uuid.h"
#include "client/memory_log.h"
#include "flow/make_transform.h"
#include "flow/processor_task.h"

namespace daybook::flow {
namespace {

using client::milliseconds;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::chrono::seconds kPatience{60};
constexpr std::int64_t kNeverMs = kMaxExecTimeoutMs;  // no answer takes as long

// What users write: `answer` of each event, as a Python expression over e.
std::string python(const std::string& answer) {
  return "import json, sys\n"
         "for line in sys.stdin:\n"
         "    e = json.loads(line)\n"
         "    print(json.dumps(" +
         answer + "))\n";
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class ExecTest : public testing::Test {
 protected:
  ExecTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("daybook-exec-" + to_string(random_uuid()))) {
    std::filesystem::create_directory(folder_);
    spec_.name = "p";
    spec_.inputs = {{"tx", "in", std::nullopt}};
    spec_.outputs = {{"out", ""}};
    run_shell("while read -r line; do echo '[]'; done");
    EXPECT_TRUE(log_->create_topic({"in", 2, {}}));
    EXPECT_TRUE(log_->create_topic({"out", 1, {}}));
  }
  ~ExecTest() override { std::filesystem::remove_all(folder_); }

  void run_shell(const std::string& script) { run({"sh", "-c", script}); }
  void run_python(const std::string& script) {
    std::ofstream(folder_ / "answer.py") << script;
    run({"python3", "answer.py"});
  }
  void run(std::vector<std::string> command) {
    spec_.exec =
        ExecSpec{.command = std::move(command),
                 .folder = folder_.string(),
                 .columns = spec_.exec ? spec_.exec->columns : std::vector<client::Column>(),
                 .timeout_ms = kNeverMs};
  }

  void write(std::optional<std::string_view> value,
             std::optional<std::string_view> key = std::nullopt, std::int32_t partition = 0) {
    if (!writer_) writer_ = log_->make_writer().value();
    client::OutgoingRecord record;
    record.topic = "in";
    record.partition = PartitionId{partition};
    record.timestamp = TimestampMs{1'000'000 + ++written_};
    record.key = key;
    record.value = value;
    record.headers = {{"trace", "t1"}};
    ASSERT_TRUE(writer_->write(record));
  }
  void write_ids(int count) {
    for (int i = 0; i < count; ++i) write(R"({"id":)" + std::to_string(i) + "}");
  }
  std::unique_ptr<Task> start(const std::string& group = "app.p") {
    auto task = make_processor_task(*log_, *transactions_, io::real_clock(), spec_, {group, "one"},
                                    make_transform);
    task->start();
    return task;
  }
  std::int64_t count(const std::string& topic, std::int32_t partition = 0) {
    const auto range = log_->offsets({topic, PartitionId{partition}});
    return range ? range->end.value : 0;
  }
  // "key|value|timestamp|headers" of each record of a partition.
  std::vector<std::string> read(const std::string& topic, std::int32_t partition = 0) {
    const auto reader = log_->make_reader().value();
    EXPECT_TRUE(reader->assign({{{topic, PartitionId{partition}}, Offset{0}}}));
    const auto batch = reader->fetch(1'000'000, 1u << 30, milliseconds(0)).value();
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < batch->records().size(); ++i) {
      const auto& record = batch->records()[i];
      auto& line = lines.emplace_back(record.key.value_or("~"));
      line += "|" + std::string(record.value.value_or("~")) + "|" +
              std::to_string(record.timestamp.value) + "|";
      for (const auto& header : batch->headers(i)) {
        line += std::string(header.name) + "=" + std::string(header.value.value_or("~")) + ";";
      }
    }
    return lines;
  }
  // Until all events of partition 0 have been applied.
  void run_through(int events) {
    const auto task = start();
    EXPECT_TRUE(eventually([&] { return task->status().events_applied >= events; }))
        << task->status().last_error;
  }
  // What is said when the first event is asked about.
  std::string first_error() {
    write(R"({"id":1})");
    const auto task = start();
    EXPECT_TRUE(eventually([&] { return !task->status().last_error.empty(); }));
    EXPECT_EQ(count("out"), 0);
    return task->status().last_error;
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  const std::filesystem::path folder_;
  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  std::unique_ptr<client::Transactions> transactions_ = client::make_memory_transactions(*log_);
  std::unique_ptr<client::Writer> writer_;
  int written_ = 0;
  ProcessorSpec spec_;
};

TEST_F(ExecTest, EachEventIsALineAndIsAnsweredByTheEventsThatComeOfIt) {
  run_python(python("[{'id': e['id'], 'part': part} for part in range(e['parts'])]"));
  write(R"({"id":9007199254740993,"parts":2})", "k1");
  write(R"({"id":2,"parts":0})", "k2");
  write(R"({"id":3,"parts":1})");
  run_through(3);
  EXPECT_THAT(read("out"), ElementsAre(R"(k1|{"id":9007199254740993,"part":0}|1000001|trace=t1;)",
                                       R"(k1|{"id":9007199254740993,"part":1}|1000001|trace=t1;)",
                                       R"(~|{"id":3,"part":0}|1000003|trace=t1;)"));
}

TEST_F(ExecTest, TheLineHasWhereTheEventIsAndWhatItHasBesideItsValue) {
  run_shell(R"(while read -r line; do printf '[{"_value":%s}]\n' "$line"; done)");
  write(R"({"id": 12345678901234567890123, "_offset": 99, "a": [1.50, {}]})", "k");
  write("two\nlines");
  write(std::nullopt, "gone", 1);
  run_through(3);
  EXPECT_THAT(
      read("out"),
      UnorderedElementsAre(
          R"(k|{"id":12345678901234567890123,"a":[1.50,{}],"_topic":"in",)"
          R"("_partition":0,"_offset":0,"_timestamp":1000001,"_key":"k",)"
          R"("_headers":{"trace":"t1"}}|1000001|trace=t1;)",
          R"(~|{"_value":"two\nlines","_topic":"in","_partition":0,"_offset":1,)"
          R"("_timestamp":1000002,"_key":null,"_headers":{"trace":"t1"}}|1000002|trace=t1;)",
          HasSubstr(R"(gone|{"_value":null,"_topic":"in","_partition":1,"_offset":0,)")));
}

TEST_F(ExecTest, AnAnswerSaysWhatTheEventIsBesideItsValue) {
  spec_.outputs[0].topic = "two";  // made with two partitions, as its input has
  run_python(python(
      "[{'_key': e['id'], '_timestamp': 5, '_headers': {'n': None}, '_partition': 1, 'x': 1},"
      " {'_value': None, '_partition': 0}]"));
  write(R"({"id":7})", "k");
  run_through(1);
  EXPECT_THAT(read("two", 1), ElementsAre(R"(7|{"x":1}|5|n=~;)"));
  EXPECT_THAT(read("two", 0), ElementsAre("k|~|1000001|trace=t1;"));
}

TEST_F(ExecTest, TheEventItselfIsAnAnswer) {
  run_python(python("[e | {'risk': 0.5}]"));
  write(R"({"id":7})", "k", 1);
  run_through(1);
  EXPECT_THAT(read("out"), ElementsAre(R"(k|{"id":7,"risk":0.5}|1000001|trace=t1;)"))
      << "where the event is is not where its answer goes";
}

TEST_F(ExecTest, WhatItRejectsGoesToTheRejectedTopicWithItsReason) {
  run_python(python("[{'id': e['id']}] if 'id' in e else {'_reject': 'no id'}"));
  write(R"({"id":1})");
  write(R"({"x":1})", "k");
  write(R"({"id":2})", "\xff");
  write(R"({"id":3})");
  run_through(4);
  EXPECT_EQ(count("out"), 2);
  EXPECT_THAT(read("in.rejected"),
              ElementsAre(AllOf(HasSubstr(R"(k|{"x":1}|)"),
                                HasSubstr("daybook.offset=1;daybook.reason=no id;")),
                          HasSubstr("daybook.offset=2;daybook.reason=its value, key or headers are "
                                    "not UTF-8;")));
}

TEST_F(ExecTest, AnAnswerThatMakesNoEventRejectsTheEventWhole) {
  run_python(python("[{'id': 1}, {'_partition': 5}]"));
  write("{}");
  run_through(1);
  EXPECT_EQ(count("out"), 0);
  EXPECT_THAT(read("in.rejected"),
              ElementsAre(HasSubstr("answer: _partition is 5, and topic out has 1")));
}

TEST_F(ExecTest, OnErrorStopStopsAtARejectedEvent) {
  run_python(python("{'_reject': 'no id'}"));
  spec_.stop_on_error = true;
  EXPECT_THAT(first_error(), HasSubstr("on_error is stop: no id"));
}

TEST_F(ExecTest, ByItsColumnsAnAnswerIsCheckedWrittenAndDistributed) {
  spec_.exec->columns = {{"id", "BIGINT", false}, {"risk", "DECIMAL(5,3)", false}};
  spec_.outputs = {{"high", "risk >= 0.5"}, {"out", "true"}};
  run_python(python("[e, {'id': -e['id'], '_key': 'n'}]"));
  write(R"({"id":1,"risk":0.5,"more":"left out"})");
  write(R"({"id":2,"risk":"much"})");
  write(R"({"id":3,"risk":"0.25"})");
  run_through(3);
  EXPECT_THAT(read("high"), ElementsAre(R"(~|{"id":1,"risk":"0.500"}|1000001|trace=t1;)"));
  EXPECT_THAT(read("out"), ElementsAre(R"(~|{"id":1,"risk":"0.500"}|1000001|trace=t1;)",
                                       R"(n|{"id":-1,"risk":null}|1000001|trace=t1;)",
                                       R"(~|{"id":3,"risk":"0.250"}|1000003|trace=t1;)",
                                       R"(n|{"id":-3,"risk":null}|1000003|trace=t1;)"));
  EXPECT_THAT(read("in.rejected"), ElementsAre(HasSubstr("answer: ")));
  EXPECT_EQ(client::find_schema(*log_, "out").value()->columns[1].type, "DECIMAL(5,3)");
}

TEST_F(ExecTest, WhatCannotBeIsRefusedBeforeItRuns) {
  EXPECT_THAT(check_processor(spec_), IsEmpty());
  EXPECT_TRUE(output_columns(spec_)) << "whatever its inputs are";
  spec_.outputs = {{"out", "true"}, {"high", "risk > 3"}};
  EXPECT_THAT(check_processor(spec_),
              ElementsAre(HasSubstr("columns of what the program answers")));
  spec_.exec->columns = {{"id", "BIGINT", false}};
  EXPECT_THAT(check_processor(spec_), ElementsAre(HasSubstr("risk")));
  spec_.exec->columns = {{"risk", "NUMBER", false}};
  EXPECT_THAT(check_processor(spec_), ElementsAre(HasSubstr("NUMBER")));
  spec_.exec->columns = {{"risk", "DOUBLE", false}};
  EXPECT_THAT(check_processor(spec_), IsEmpty());
  spec_.exec->command = {"no-such-program"};
  EXPECT_THAT(check_processor(spec_), ElementsAre(HasSubstr("no program no-such-program in PATH")));
  EXPECT_FALSE(output_columns(spec_));
}

TEST_F(ExecTest, HowBatchesAreCutDoesNotShow) {
  run_python(python("[{'id': e['id'], 'from': e['_offset']}] * (e['id'] % 3)"));
  for (int i = 0; i < 500; ++i) {
    write(R"({"id":)" + std::to_string(i) + "}", std::nullopt, i % 2);
  }
  std::vector<std::vector<std::string>> expected;
  for (const std::size_t size : {1U, 7U, 1'000U, 50'000U}) {
    spec_.outputs[0].topic = "out" + std::to_string(size);
    spec_.max_batch_events = size;
    spec_.exec->max_in_flight = size == 7 ? 1 : 100;
    const auto task = start("g" + std::to_string(size));
    ASSERT_TRUE(eventually([&] { return task->status().events_applied == 500; }));
    task->stop();
    std::vector<std::vector<std::string>> got{read(spec_.outputs[0].topic, 0),
                                              read(spec_.outputs[0].topic, 1)};
    if (expected.empty()) expected = got;
    EXPECT_EQ(got, expected) << "batches of " << size;
  }
  EXPECT_EQ(expected[0].size() + expected[1].size(), 499U);
}

TEST_F(ExecTest, AProgramThatDiesIsStartedAgainAndEveryEventCountsOnce) {
  run_python(
      "import json, os, sys\n"
      "for line in sys.stdin:\n"
      "    e = json.loads(line)\n"
      "    mark = 'died-at-%d' % e['id']\n"
      "    if e['id'] in (0, 1, 60, 61, 199) and not os.path.exists(mark):\n"
      "        open(mark, 'w').close()\n"
      "        if e['id'] % 2: os.kill(os.getpid(), 9)\n"
      "        sys.exit(3)\n"
      "    print(json.dumps([{'id': e['id']}]))\n");
  write_ids(200);
  const auto task = start();
  ASSERT_TRUE(eventually([&] { return task->status().events_applied == 200; }));
  EXPECT_THAT(task->status().last_error, HasSubstr("it has ended (signal 9)"));
  EXPECT_THAT(task->status().last_error,
              HasSubstr("the first event without an answer is in/0:199"));
  const auto got = read("out");
  ASSERT_EQ(got.size(), 200U);
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(got[static_cast<std::size_t>(i)], HasSubstr("{\"id\":" + std::to_string(i) + "}"));
  }
  EXPECT_FALSE(log_->describe_topic("in.rejected")) << "no event is to blame for it";
}

TEST_F(ExecTest, AProgramThatHangsIsKilledAndStartedAgain) {
  run_python(
      "import json, os, signal, sys\n"
      "for line in sys.stdin:\n"
      "    if json.loads(line)['id'] == 3 and not os.path.exists('hung'):\n"
      "        open('hung', 'w').write(str(os.getpid()))\n"
      "        signal.pause()\n"
      "    print('[{}]')\n");
  spec_.exec->timeout_ms = 3'000;
  write_ids(5);
  const auto task = start();
  EXPECT_TRUE(eventually([&] { return count("out") == 5; })) << task->status().last_error;
  EXPECT_THAT(task->status().last_error, HasSubstr("has not answered within 3000 ms"));
  std::ifstream file(path("hung"));
  std::string pid;
  file >> pid;
  EXPECT_FALSE(std::filesystem::exists("/proc/" + pid));
}

TEST_F(ExecTest, WhatItSaidLastIsInTheErrorAndAllOfItIsReported) {
  std::mutex mutex;
  std::vector<std::string> reported;
  const ScopedReportSink sink([&](Severity, std::string_view, std::string_view message) {
    const std::lock_guard lock(mutex);
    reported.emplace_back(message);
  });
  run_shell("echo one >&2; printf two >&2; read -r line; exit 7");
  EXPECT_THAT(first_error(),
              HasSubstr("program sh: it has ended (exit status 7); it said last: two"));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(reported, AllOf(Contains("processor p: one"), Contains("processor p: two")));
}

TEST_F(ExecTest, WhatIsNoAnswerStopsItAndIsShown) {
  run_shell("while read -r line; do echo hello; done");
  EXPECT_THAT(first_error(), HasSubstr("it answered: hello, and a line must be a JSON array"));
}

TEST_F(ExecTest, AnAnswerToAnotherEventIsNotTaken) {
  run_python(python("[e | {'_offset': e['_offset'] + 1}]"));
  EXPECT_THAT(first_error(), HasSubstr("another event"));
}

TEST_F(ExecTest, ALineThatAnswersNothingIsNotTakenForTheNextAnswer) {
  run_shell("echo '[]'; while read -r line; do echo '[]'; done");
  const auto task = start();
  ASSERT_TRUE(eventually([&] { return !task->status().last_error.empty(); }));
  EXPECT_THAT(task->status().last_error, HasSubstr("answers nothing"));
}

TEST_F(ExecTest, AnAnswerHasABound) {
  run_shell("read -r line; head -c 9000000 /dev/zero; sleep 1000");
  EXPECT_THAT(first_error(), HasSubstr("it wrote a line of more than 8388608 bytes"));
}

TEST_F(ExecTest, FullPipesInAllDirectionsDoNotStopIt) {
  run_python(
      "import json, sys\n"
      "for line in sys.stdin:\n"
      "    sys.stderr.write('n' * 300000 + chr(10))\n"
      "    print(json.dumps([json.loads(line)]))\n");
  const std::string value = R"({"x":")" + std::string(300'000, 'x') + "\"}";
  for (int i = 0; i < 20; ++i) write(value);
  const ScopedReportSink silent([](Severity, std::string_view, std::string_view) {});
  run_through(20);
  EXPECT_EQ(count("out"), 20);
}

TEST_F(ExecTest, SoManyEventsAreInFlightAtMost) {
  run_python(
      "import os, sys\n"
      "while line := os.read(0, 1 << 20):\n"
      "    n = line.count(b'\\n')\n"
      "    if n > 3: sys.exit('%d in flight' % n)\n"
      "    os.write(1, b'[{}]\\n' * n)\n");
  spec_.exec->max_in_flight = 3;
  write_ids(100);
  const auto task = start();
  EXPECT_TRUE(eventually([&] { return count("out") == 100; }));
  EXPECT_EQ(task->status().last_error, "");
}

TEST_F(ExecTest, ItStopsWithoutAnAnswerAndLeavesNothingBehind) {
  run_shell("echo $$ > pid; sleep 100000");
  write("{}");
  auto task = start();
  std::string pid;
  ASSERT_TRUE(eventually([&] {
    std::ifstream file(path("pid"));
    return static_cast<bool>(file >> pid);
  }));
  const auto began = std::chrono::steady_clock::now();
  task->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(kNeverMs));
  EXPECT_FALSE(std::filesystem::exists("/proc/" + pid)) << "not even as a zombie";
  EXPECT_EQ(count("out"), 0);
}

TEST_F(ExecTest, ADeathBetweenTwoEventsIsSeenAndMended) {
  run_shell(
      "read -r line; echo '[{}]'; [ -e again ] || { touch again; exit 1; }; read -r line; echo "
      "'[{}]'; cat");
  write("{}");
  const auto task = start();
  ASSERT_TRUE(eventually([&] { return !task->status().last_error.empty(); }));
  EXPECT_THAT(task->status().last_error, HasSubstr("it has ended (exit status 1)"));
  write("{}");
  EXPECT_TRUE(eventually([&] { return count("out") == 2; }));
}

}  // namespace
}  // namespace daybook::flow

#include "flow/window/window_transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "client/memory_log.h"
#include "flow/make_transform.h"
#include "flow/processor_run.h"

namespace daybook::flow {
namespace {

using client::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

constexpr std::int64_t kStartMs = 1'700'000'000'000;
constexpr std::int64_t kMinute = 60'000;
constexpr std::size_t kEvents = 120;  // of each partition

const client::Schema kSchema{client::Envelope::kPlain,
                             {{"card", "VARCHAR", false}, {"amount", "BIGINT", false}}};

struct Event {
  std::string card;
  std::int64_t time_ms = 0;
  std::int64_t amount = 0;
  std::string value() const {
    return R"({"card":")" + card + R"(","amount":)" + std::to_string(amount) + "}";
  }
};

class WindowTest : public testing::Test {
 protected:
  WindowTest() {
    spec_.name = "p";
    spec_.inputs = {{"tx", "in", kSchema}};
    spec_.outputs = {{"out", ""}};
    spec_.sql =
        "SELECT _partition, card, epoch_ms(_window_start) AS s, epoch_ms(_window_end) AS e, "
        "count(*) AS n, "
        "sum(amount) AS total, first(amount) AS f FROM tx WHERE amount % 7 <> 0 GROUP BY card, "
        "_partition";
    EXPECT_TRUE(log_->create_topic({"in", 2, {}}));
  }

  static WindowSpec tumbling(std::int64_t size_ms, std::int64_t late_ms = 0) {
    return {.by = "card", .size_ms = size_ms, .every_ms = size_ms, .late_ms = late_ms};
  }

  void write(const Event& event, std::int32_t partition = 0) {
    write_value(event.value(), event.time_ms, partition);
    all_[partition].push_back(event);
  }
  void write_value(const std::string& value, std::int64_t time_ms, std::int32_t partition = 0) {
    if (!writer_) writer_ = log_->make_writer().value();
    client::OutgoingRecord record;
    record.topic = "in";
    record.partition = PartitionId{partition};
    record.timestamp = TimestampMs{time_ms};
    record.value = value;
    ASSERT_TRUE(writer_->write(record));
  }
  // Events that come up to 40 minutes late, and one each that closes the windows before it.
  void write_random(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (const std::int32_t partition : {0, 1}) {
      std::int64_t now = kStartMs;
      for (std::size_t i = 0; i < kEvents; ++i) {
        now += static_cast<std::int64_t>(random() % 150'000);
        const bool is_late = random() % 4 == 0;
        const auto behind = is_late ? static_cast<std::int64_t>(random() % (40 * kMinute)) : 0;
        write({"c" + std::to_string(random() % 5), now - behind,
               static_cast<std::int64_t>(random() % 1'000)},
              partition);
      }
      write({"end", now + 1'000 * kMinute, 1}, partition);
    }
  }

  // Runs from the group's offsets on, for at most `max_steps`.
  void run(std::size_t batch, int max_steps = 1'000'000) {
    spec_.max_batch_events = batch;
    const ProcessorIdentity identity{"g" + spec_.outputs[0].topic, "one"};
    ProcessorRun life(*log_, *transactions_, spec_, identity);
    const auto opened = life.open({kSchema}, make_transform);
    ASSERT_TRUE(opened) << opened.error().message;
    for (int i = 0; i < max_steps; ++i) {
      const auto step = life.step(milliseconds(0));
      ASSERT_TRUE(step) << step.error().message;
      if (step->events == 0) return;
    }
  }
  // Into a topic of its own: in batches of that many, or, for 0, in many lives.
  void run_anew(const std::string& topic, std::size_t batch, std::uint64_t seed) {
    spec_.outputs[0].topic = topic;
    if (batch > 0) return run(batch);
    std::mt19937_64 random(seed);
    for (int life = 0; life < 20; ++life)
      run(1 + random() % 40, 1 + static_cast<int>(random() % 3));
    run(1'000);
  }
  std::vector<std::string> values(const std::string& topic, std::int32_t partition = 0) {
    std::vector<std::string> result;
    if (!log_->describe_topic(topic)) return result;
    auto reader = log_->make_reader().value();
    EXPECT_TRUE(reader->assign({{{topic, PartitionId{partition}}, Offset{0}}}));
    const auto batch = reader->fetch(1'000'000, 1u << 30, milliseconds(0)).value();
    for (const auto& record : batch->records()) result.emplace_back(*record.value);
    return result;
  }
  std::vector<std::string> all_values(const std::string& topic) {
    auto result = values(topic, 0);
    std::ranges::copy(values(topic, 1), std::back_inserter(result));
    return result;
  }

  // What DuckDB makes of all events at once: the first column of the rows.
  std::vector<std::string> duckdb(const std::string& sql) {
    std::vector<std::string> texts;
    std::vector<sql::InputEvent> events;
    for (const auto& [partition, list] : all_) {
      for (const auto& event : list) texts.push_back(event.value());
    }
    for (const auto& [partition, list] : all_) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        events.push_back({.partition = partition,
                          .offset = static_cast<std::int64_t>(i),
                          .timestamp_ms = list[i].time_ms,
                          .clock_ms = 0,
                          .key = std::nullopt,
                          .value = texts[events.size()]});
      }
    }
    const sql::InputSchema schema{
        "in", false, {{"card", {sql::TypeId::kVarchar}}, {"amount", {sql::TypeId::kBigint}}}};
    auto engine = sql::Engine::open().value();
    EXPECT_TRUE(engine->set_input("tx", schema));
    auto statement = engine->prepare(sql);
    EXPECT_TRUE(statement) << statement.error().message;
    if (!statement) return {};
    sql::DecodedBatch batch(schema, (*statement)->input_columns());
    EXPECT_THAT(batch.decode(events), IsEmpty());
    auto rows = (*statement)->run(batch).value();
    std::vector<std::string> result;
    sql::Cell cell;
    while (rows->next_chunk().value()) {
      for (std::size_t i = 0; i < rows->row_count(); ++i) {
        rows->read(0, i, cell);
        result.push_back(cell.text);
      }
    }
    return result;
  }

  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  std::unique_ptr<client::Transactions> transactions_ = client::make_memory_transactions(*log_);
  std::unique_ptr<client::Writer> writer_;
  std::map<std::int32_t, std::vector<Event>> all_;
  ProcessorSpec spec_;
};

constexpr const char* kLine =
    R"(SELECT '{"card":"' || card || '","s":' || s || ',"e":' || e || ',"n":' || count(*) || )"
    R"(',"total":' || sum(amount) || ',"f":' || arg_min(amount, _offset) || '}' FROM )";

// All windows of all events, without those that came after a window had closed, and without the
// windows that are open at the end.
std::string fixed_windows(const WindowSpec& spec) {
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  return kLine +
         ("(SELECT *, s + " + text(spec.size_ms) + " AS e FROM (SELECT *, unnest(range(t // " +
          text(spec.every_ms) + " * " + text(spec.every_ms) + ", t - " + text(spec.size_ms) +
          ", -" + text(spec.every_ms) +
          ")) AS s FROM (SELECT card, amount, _partition, _offset, epoch_ms(_timestamp) AS "
          "t, max(epoch_ms(_timestamp)) OVER (PARTITION BY _partition ORDER BY _offset) AS "
          "clock, max(epoch_ms(_timestamp)) OVER (PARTITION BY _partition) AS last FROM "
          "tx))) WHERE amount % 7 <> 0 AND e > clock - ") +
         text(spec.late_ms) + " AND e <= last - " + text(spec.late_ms) +
         " GROUP BY card, s, e, _partition";
}

TEST_F(WindowTest, FixedWindowsAreThoseOfOneSelectHoweverBatchesAreCutAndWheneverItRestarts) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_random(seed);
  for (const std::int64_t every : {30 * kMinute, 7 * kMinute}) {
    spec_.window = tumbling(30 * kMinute, 5 * kMinute);
    spec_.window->every_ms = every;
    const auto expected = duckdb(fixed_windows(*spec_.window));
    EXPECT_GT(expected.size(), 20U);
    std::vector<std::string> first;
    for (const std::size_t batch : {50'000U, 1'000U, 7U, 1U, 0U}) {
      const auto topic = "out" + std::to_string(every) + "." + std::to_string(batch);
      run_anew(topic, batch, seed);
      if (first.empty()) first = all_values(topic);
      ASSERT_EQ(all_values(topic), first) << "batches of " << batch << ", every " << every;
    }
    ASSERT_THAT(first, UnorderedElementsAreArray(expected)) << "every " << every;
  }
}

TEST_F(WindowTest, OnUpdateTheLastRowOfAWindowIsThatOfOneSelect) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_random(seed);
  spec_.window = tumbling(30 * kMinute, 5 * kMinute);
  spec_.window->every_ms = 10 * kMinute;
  spec_.window->emits_updates = true;
  const auto expected = duckdb(fixed_windows(*spec_.window));
  for (const std::size_t batch : {50'000U, 1'000U, 7U, 1U, 0U}) {
    const auto topic = "out" + std::to_string(batch);
    run_anew(topic, batch, seed);
    std::vector<std::string> closed;
    for (const std::int32_t partition : {0, 1}) {
      std::map<std::string, std::string> last;  // by card, start and end
      for (const auto& value : values(topic, partition)) {
        last[value.substr(0, value.find(",\"n\""))] = value;
      }
      for (const auto& [window, value] : last) {
        if (!window.starts_with(R"({"card":"end")")) closed.push_back(value);
      }
    }
    ASSERT_THAT(closed, UnorderedElementsAreArray(expected)) << "batches of " << batch;
  }
}

TEST_F(WindowTest, SessionsAreThoseOfOneSelectIfNothingIsLate) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_random(seed);
  const std::string sessions =
      "(SELECT *, min(t) OVER w AS s, max(t) OVER w + 600000 AS e FROM (SELECT *, sum(is_first) "
      "OVER (PARTITION BY _partition, card ORDER BY t, _offset) AS number FROM (SELECT *, CASE "
      "WHEN t - lag(t) OVER (PARTITION BY _partition, card ORDER BY t, _offset) < 600000 THEN 0 "
      "ELSE 1 END AS is_first FROM (SELECT card, amount, _partition, _offset, "
      "epoch_ms(_timestamp) AS t FROM tx WHERE amount % 7 <> 0 AND card <> 'end'))) WINDOW w AS "
      "(PARTITION BY _partition, card, number)) GROUP BY card, s, e, _partition";
  const auto expected = duckdb(kLine + sessions);
  EXPECT_GT(expected.size(), 20U);
  for (const std::int64_t late : {60 * kMinute, kMinute}) {
    spec_.window =
        WindowSpec{.by = "card", .size_ms = 10 * kMinute, .late_ms = late, .is_session = true};
    std::vector<std::string> first;
    for (const std::size_t batch : {50'000U, 1'000U, 7U, 1U, 0U}) {
      const auto topic = "out" + std::to_string(late) + "." + std::to_string(batch);
      run_anew(topic, batch, seed);
      if (first.empty()) first = all_values(topic);
      ASSERT_EQ(all_values(topic), first) << "batches of " << batch << ", late " << late;
    }
    if (late == kMinute) continue;
    ASSERT_THAT(first, UnorderedElementsAreArray(expected));
  }
}

TEST_F(WindowTest, AnEventWhoseWindowsHaveClosedIsSetAsideAndStopsNothing) {
  spec_.window = tumbling(kMinute, kMinute);
  spec_.stop_on_error = true;
  constexpr std::int64_t kMinuteStart = kStartMs / kMinute * kMinute;
  write({"a", kMinuteStart, 1});
  write({"b", kMinuteStart + 2 * kMinute - 1, 2});
  write({"a", kMinuteStart + 1, 3});  // late, and just not too late
  write({"b", kMinuteStart + 2 * kMinute, 4});
  write({"a", kMinuteStart + 2, 5});
  run(100);
  const auto start = std::to_string(kMinuteStart);
  const auto end = std::to_string(kMinuteStart + kMinute);
  EXPECT_THAT(values("out"), ElementsAre(R"({"card":"a","s":)" + start + R"(,"e":)" + end +
                                         R"(,"n":2,"total":4,"f":1})"));
  EXPECT_THAT(values("in.rejected"), ElementsAre(R"({"card":"a","amount":5})"));
}

TEST_F(WindowTest, WhatCannotBeComputedIsSetAsideAndTheRestIsEmitted) {
  spec_.window = tumbling(kMinute);
  spec_.sql =
      "SELECT card, sum(amount::TINYINT)::TINYINT AS total FROM tx GROUP BY card HAVING total > 0";
  constexpr std::int64_t kMinuteStart = kStartMs / kMinute * kMinute;
  write({"a", kMinuteStart, 100});
  write({"a", kMinuteStart + 1, 1'000});  // is no TINYINT: not in the window
  write_value("no json", kMinuteStart + 2);
  write({"b", kMinuteStart + 3, 100});
  write({"b", kMinuteStart + 4, 100});  // whose sum is none: the window fails
  write_value(R"({"card":"c","amount":1})", 300'000'000'000'000);  // in no year of four digits
  write({"c", kMinuteStart + kMinute, 1});
  run(100);
  EXPECT_THAT(values("out"), ElementsAre(R"({"card":"a","total":100})"));
  EXPECT_THAT(values("in.rejected"),
              ElementsAre(R"({"card":"a","amount":1000})", "no json", R"({"card":"c","amount":1})",
                          R"({"card":"c","amount":1})"));
}

TEST_F(WindowTest, TheyAreReadBackFromBeforeWhatIsNoEventAtTheEnd) {
  spec_.window = tumbling(kMinute);
  spec_.sql = "SELECT card, count(*) AS n, sum(amount) AS total FROM tx GROUP BY card";
  constexpr std::int64_t kMinuteStart = kStartMs / kMinute * kMinute;
  for (int i = 0; i < 3; ++i) {
    write({"a", kMinuteStart + i, i + 1}, 0);
    write({"b", kMinuteStart + i, i + 1}, 1);
  }
  // A mark, and a transaction that was aborted.
  for (int i = 3; i < 100; ++i) {
    ASSERT_TRUE(client::empty_offset(*log_, {"in", PartitionId{0}}, Offset{i}));
  }
  run(100);
  // By compaction, once committed.
  ASSERT_TRUE(client::empty_offset(*log_, {"in", PartitionId{1}}, Offset{2}));
  run(100);
  write({"c", kMinuteStart + kMinute, 1}, 0);
  write({"c", kMinuteStart + kMinute, 1}, 1);
  run(100);
  EXPECT_THAT(all_values("out"), UnorderedElementsAre(R"({"card":"a","n":3,"total":6})",
                                                      R"({"card":"b","n":2,"total":3})"))
      << "what compaction has taken is in no window any more";
}

TEST(CheckWindow, TheSqlIsOneAggregatingSelectOfTheInput) {
  ProcessorSpec spec;
  spec.name = "p";
  spec.inputs = {{"tx", "in", kSchema}};
  spec.outputs = {{"out", "total > 5"}};
  spec.window = WindowSpec{.by = "card", .size_ms = 1, .every_ms = 1};
  const auto check = [&](const std::string& sql) {
    spec.sql = sql;
    return check_processor(spec);
  };
  EXPECT_THAT(check("SELECT t.card, _window_start, sum(t.amount) AS total FROM tx AS t GROUP BY "
                    "t.card, _window_start"),
              IsEmpty());
  EXPECT_THAT(check("SELECT sum(amount) AS total, count(DISTINCT card) AS n FROM tx"), IsEmpty());
  EXPECT_THAT(check("SELECT sum(amount) AS total FROM tx ORDER BY 1"),
              Contains(HasSubstr("ORDER BY")));
  EXPECT_THAT(check("SELECT sum(amount) AS total FROM tx WHERE _window_end > now()"),
              Contains(HasSubstr("use HAVING")));
  EXPECT_THAT(check("SELECT sum(amount) AS total, now() AS at FROM tx"),
              Contains(HasSubstr("now() gives another result")));
  EXPECT_THAT(check("SELECT sum(random()) AS total FROM tx"),
              Contains(HasSubstr("random() gives another result")));
  EXPECT_THAT(check("SELECT amount AS total FROM tx"), Contains(HasSubstr("GROUP BY")));
  EXPECT_THAT(check("SELECT sum(nothing) AS total FROM tx"), Contains(HasSubstr("nothing")));
  EXPECT_THAT(check("SELECT sum(amount) AS total FROM tx, tx AS other"),
              Contains(HasSubstr("FROM must be the processor's input, tx")));
  spec.window->by = "nothing";
  EXPECT_THAT(check("SELECT sum(amount) AS total FROM tx"), Contains(HasSubstr("nothing")));
}

}  // namespace
}  // namespace daybook::flow

#include "flow/window/window_transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "flow/window/window_fixture.h"

namespace daybook::flow {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

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

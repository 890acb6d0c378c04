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
using testing::UnorderedElementsAreArray;

class SessionTest : public WindowTest {
 protected:
  static WindowSpec sessions(std::int64_t gap_ms, std::int64_t late_ms, bool emits_updates) {
    return {.by = "card",
            .size_ms = gap_ms,
            .late_ms = late_ms,
            .is_session = true,
            .emits_updates = emits_updates};
  }
  // Of the test's SQL, with a key of that expression in front.
  void select_key(const std::string& key, const std::string& having = "") {
    spec_.sql = "SELECT " + key + " AS _key, " + spec_.sql.substr(sizeof "SELECT " - 1) + having;
  }

  // "key=value", or "key" of a tombstone, in the order of each partition.
  std::vector<std::string> records(const std::string& topic) {
    std::vector<std::string> result;
    auto reader = log_->make_reader().value();
    client::Position start;
    const auto partitions = log_->describe_topic(topic).value().partitions;
    for (std::int32_t i = 0; i < partitions; ++i) start[{topic, PartitionId{i}}] = Offset{0};
    EXPECT_TRUE(reader->assign(start));
    const auto batch = reader->fetch(1'000'000, 1u << 30, client::milliseconds(0)).value();
    for (const auto& record : batch->records()) {
      result.emplace_back(record.key.value_or("NULL"));
      if (record.value) result.back() += "=" + std::string(*record.value);
    }
    return result;
  }

  struct State {
    std::vector<std::string> values;  // in the order of their keys
    std::size_t withdrawn = 0;
    bool withdrew_nothing = false;  // a tombstone of a key that had no value
  };
  // What is left of each key, as compaction leaves it.
  State state(const std::string& topic) {
    std::map<std::string, std::string> last;
    State state;
    for (const auto& record : records(topic)) {
      const auto equals = record.find('=');
      if (equals != std::string::npos) {
        last[record.substr(0, equals)] = record.substr(equals + 1);
        continue;
      }
      ++state.withdrawn;
      state.withdrew_nothing |= last.erase(record) == 0;
    }
    for (const auto& [key, value] : last) state.values.push_back(value);
    return state;
  }
};

// Sessions with a gap of ten minutes of all events whose card passes the condition.
std::string all_sessions(const std::string& condition, const std::string& having = "") {
  return kLine +
         ("(SELECT *, min(t) OVER w AS s, max(t) OVER w + 600000 AS e FROM (SELECT *, "
          "sum(is_first) OVER (PARTITION BY _partition, card ORDER BY t, _offset) AS number FROM "
          "(SELECT *, CASE WHEN t - lag(t) OVER (PARTITION BY _partition, card ORDER BY t, "
          "_offset) < 600000 THEN 0 ELSE 1 END AS is_first FROM (SELECT card, amount, _partition, "
          "_offset, epoch_ms(_timestamp) AS t FROM tx WHERE amount % 7 <> 0 AND " +
          condition +
          "))) WINDOW w AS (PARTITION BY _partition, card, number)) GROUP BY card, s, e, "
          "_partition") +
         having;
}

TEST_F(SessionTest, TheyAreThoseOfOneSelectIfNothingIsLate) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_random(seed);
  const auto expected = duckdb(all_sessions("card <> 'end'"));
  EXPECT_GT(expected.size(), 20U);
  for (const std::int64_t late : {60 * kMinute, kMinute}) {
    spec_.window = sessions(10 * kMinute, late, false);
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

TEST_F(SessionTest, OnUpdateWhatIsLeftOfEachKeyIsOneSelectOverAllEvents) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_random(seed);
  const auto plain = spec_.sql;
  const std::string by_start = "card || '/' || _partition || '/' || epoch_ms(_window_start)";
  const std::string by_both = by_start + " || '/' || epoch_ms(_window_end)";
  const std::string having = " HAVING sum(amount) % 3 <> 0";
  int number = 0;
  for (const auto& key : {by_start, by_both}) {
    for (const auto& filter : {std::string(), having}) {
      const auto expected = duckdb(all_sessions("true", filter));
      EXPECT_GT(expected.size(), 20U);
      spec_.sql = plain;
      select_key(key, filter);
      spec_.window = sessions(10 * kMinute, 60 * kMinute, true);
      ++number;
      for (const std::size_t batch : {50'000U, 1'000U, 7U, 1U, 0U}) {
        const auto topic = "out" + std::to_string(number) + "." + std::to_string(batch);
        run_anew(topic, batch, seed);
        const auto left = state(topic);
        ASSERT_THAT(left.values, UnorderedElementsAreArray(expected)) << "batches of " << batch;
        EXPECT_FALSE(left.withdrew_nothing) << "batches of " << batch;
        EXPECT_TRUE(batch != 1 || left.withdrawn > 0);
      }
    }
  }
}

TEST_F(SessionTest, OnUpdateLateEventsLeaveTheSameHoweverBatchesAreCut) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  write_random(seed);
  select_key("card || '/' || _partition || '/' || epoch_ms(_window_start)");
  spec_.window = sessions(10 * kMinute, kMinute, true);
  std::vector<std::string> first;
  for (const std::size_t batch : {50'000U, 1'000U, 7U, 1U, 0U}) {
    const auto topic = "out" + std::to_string(batch);
    run_anew(topic, batch, seed);
    if (first.empty()) first = state(topic).values;
    ASSERT_EQ(state(topic).values, first) << "batches of " << batch;
  }
  EXPECT_GT(first.size(), 20U);
}

TEST_F(SessionTest, OneThatIsNoLongerThereIsTakenBackBeforeWhatItHasBecome) {
  spec_.window = sessions(kMinute, 1'000 * kMinute, true);
  spec_.outputs = {{"some", "n < 3"}, {"many", "n >= 3"}};
  spec_.sql =
      "SELECT card || (epoch_ms(_window_start) - 1700000000000) AS _key, count(*) AS n FROM tx "
      "GROUP BY card HAVING n <> 2";
  for (const auto& output : spec_.outputs) ASSERT_TRUE(log_->create_topic({output.topic, 1, {}}));
  const auto give = [this](std::int64_t time_ms) {
    write({"a", kStartMs + time_ms, 1});
    run(100);
  };
  give(100'000);
  give(0);
  give(50'000);  // between both, which become one
  EXPECT_THAT(records("some"), ElementsAre(R"(a100000={"n":1})", R"(a0={"n":1})", "a100000", "a0"));
  EXPECT_THAT(records("many"), ElementsAre(R"(a0={"n":3})"));
  give(-10'000);  // which it begins with now
  EXPECT_THAT(records("many"), ElementsAre(R"(a0={"n":3})", "a0", R"(a-10000={"n":4})"));
  give(300'000);
  give(301'000);  // with two it is not shown
  give(302'000);
  EXPECT_THAT(records("some"), ElementsAre(R"(a100000={"n":1})", R"(a0={"n":1})", "a100000", "a0",
                                           R"(a300000={"n":1})", "a300000"));
  EXPECT_THAT(records("many"),
              ElementsAre(R"(a0={"n":3})", "a0", R"(a-10000={"n":4})", R"(a300000={"n":3})"));
}

TEST_F(SessionTest, OneThatCanNoLongerBeComputedIsTakenBack) {
  spec_.window = sessions(kMinute, 0, true);
  spec_.sql =
      "SELECT card || (epoch_ms(_window_start) - 1700000000000) AS _key, sum(amount)::TINYINT AS s "
      "FROM tx GROUP BY card";
  write({"a", kStartMs, 100});
  write({"b", kStartMs, 100});
  run(100);
  write({"a", kStartMs + 1, 100});
  write({"b", kStartMs + 1, 20});
  run(100);
  write({"a", kStartMs + 2, -100});
  run(100);
  EXPECT_THAT(records("out"),
              testing::UnorderedElementsAre(R"(a0={"s":100})", R"(b0={"s":100})", "a0",
                                            R"(b0={"s":120})", R"(a0={"s":100})"));
  EXPECT_THAT(values("in.rejected"), ElementsAre(R"({"card":"a","amount":100})"));
}

TEST(CheckSessions, WhatIsTakenBackHasAKeyThatNamesTheSession) {
  ProcessorSpec spec;
  spec.name = "p";
  spec.inputs = {{"tx", "in", kSchema}};
  spec.outputs = {{"out", ""}};
  spec.window = WindowSpec{.by = "card", .size_ms = 1, .is_session = true, .emits_updates = true};
  const auto check = [&](const std::string& sql) {
    spec.sql = sql;
    return check_processor(spec);
  };
  const auto is_refused = Contains(HasSubstr("(card) || '@' || epoch_ms(_window_start) AS _key"));
  EXPECT_THAT(check("SELECT count(*) AS n FROM tx"), is_refused);
  EXPECT_THAT(check("SELECT card AS _key, _window_start, count(*) AS n FROM tx GROUP BY card"),
              is_refused);
  EXPECT_THAT(check("SELECT (card) || '@' || epoch_ms(_window_start) AS _key, count(*) AS n FROM "
                    "tx GROUP BY card"),
              IsEmpty());
  EXPECT_THAT(check("SELECT json_object('card', card, 'at', _window_start) AS _key, count(*) AS n "
                    "FROM tx GROUP BY card"),
              IsEmpty());
  spec.window->emits_updates = false;
  EXPECT_THAT(check("SELECT count(*) AS n FROM tx"), IsEmpty());
}

}  // namespace
}  // namespace daybook::flow

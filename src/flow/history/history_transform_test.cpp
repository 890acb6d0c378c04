#include "flow/history/history_transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "client/memory_log.h"
#include "flow/testing/transform_fixture.h"

namespace daybook::flow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Event {
  std::string card;
  std::int64_t time_ms;
  std::int64_t amount;
};

class HistoryTest : public TransformTest {
 protected:
  HistoryTest()
      : TransformTest(
            {client::Envelope::kPlain, {{"card", "VARCHAR", false}, {"amount", "BIGINT", false}}},
            2) {
    spec_.history = HistorySpec{"card", 3'600'000};
  }

  void write(const Event& event, std::int32_t partition = 0) {
    write_value(R"({"card":")" + event.card + R"(","amount":)" + std::to_string(event.amount) + "}",
                event.time_ms, partition);
  }
};

constexpr const char* kWindows =
    "SELECT card, amount, count(*) OVER w AS n, sum(amount) OVER w AS total, "
    "lag(amount) OVER (PARTITION BY card ORDER BY _timestamp) AS before FROM tx "
    "WINDOW w AS (PARTITION BY card ORDER BY _timestamp "
    "RANGE BETWEEN INTERVAL 10 MINUTE PRECEDING AND CURRENT ROW)";

// What kWindows must give, one event after the other, with nothing but the definition.
std::vector<std::string> expected(const std::vector<Event>& events, std::int64_t keep_ms) {
  std::vector<std::string> lines;
  std::int64_t clock = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i];
    clock = std::max(clock, event.time_ms);
    std::int64_t n = 0;
    std::int64_t total = 0;
    std::optional<std::size_t> before;
    for (std::size_t k = 0; k <= i; ++k) {
      const auto& other = events[k];
      if (other.card != event.card || (k < i && other.time_ms <= clock - keep_ms)) continue;
      if (other.time_ms >= event.time_ms - 600'000 && other.time_ms <= event.time_ms) {
        ++n;
        total += other.amount;
      }
      const bool is_earlier = k < i && other.time_ms <= event.time_ms;
      if (is_earlier && (!before || other.time_ms >= events[*before].time_ms)) before = k;
    }
    lines.push_back(R"({"card":")" + event.card + R"(","amount":)" + std::to_string(event.amount) +
                    R"(,"n":)" + std::to_string(n) + R"(,"total":)" + std::to_string(total) +
                    R"(,"before":)" + (before ? std::to_string(events[*before].amount) : "null") +
                    "}");
  }
  return lines;
}

std::vector<Event> random_events(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<Event> events;
  std::int64_t now = kStartMs;
  for (std::size_t i = 0; i < count; ++i) {
    now += static_cast<std::int64_t>(random() % 120'000);
    const auto late = random() % 4 == 0 ? static_cast<std::int64_t>(random() % 3'000'000) : 0;
    events.push_back({"c" + std::to_string(random() % 5), now - late / 1000 * 1000,
                      static_cast<std::int64_t>(random() % 1000)});
  }
  return events;
}

TEST_F(HistoryTest, WindowsAreThoseOfTheDefinitionHoweverBatchesAreCutAndWheneverItRestarts) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::vector<Event>> events{random_events(seed, 300), random_events(seed + 1, 300)};
  for (std::size_t i = 0; i < 300; ++i) {
    write(events[0][i], 0);
    write(events[1][i], 1);
  }
  spec_.sql = kWindows;
  std::mt19937_64 random(seed);
  for (const std::size_t batch : {1U, 7U, 1'000U, 50'000U, 0U}) {
    spec_.outputs[0].topic = "out" + std::to_string(batch);
    if (batch > 0) {
      run(batch);
    } else {
      for (int life = 0; life < 20; ++life) run(1 + random() % 50, 1 + random() % 3);
      run(1'000);
    }
    for (int partition = 0; partition < 2; ++partition) {
      ASSERT_EQ(values(spec_.outputs[0].topic, partition),
                expected(events[static_cast<std::size_t>(partition)], 3'600'000))
          << "batches of " << batch;
    }
  }
}

TEST_F(HistoryTest, TheRowsThatQualifyAreEmitted) {
  spec_.sql =
      "SELECT card, amount FROM tx QUALIFY count(*) OVER (ORDER BY _timestamp RANGE BETWEEN "
      "INTERVAL 1 MINUTE PRECEDING AND CURRENT ROW) >= 3";
  for (int i = 0; i < 5; ++i) write({"a", kStartMs + i * 20'000, i});
  write({"b", kStartMs + 81'000, 10});
  run(100);
  EXPECT_THAT(values("out"), ElementsAre(R"({"card":"a","amount":2})", R"({"card":"a","amount":3})",
                                         R"({"card":"a","amount":4})"));
}

TEST_F(HistoryTest, ASubqueryComputesAndTheOuterSelectJudges) {
  spec_.sql =
      "SELECT card, gap FROM (SELECT card, amount - lag(amount) OVER (ORDER BY _timestamp) AS gap "
      "FROM tx) AS s WHERE gap > 1";
  for (const auto amount : {1, 2, 5, 6}) write({"a", kStartMs + amount, amount});
  run(100);
  EXPECT_THAT(values("out"), ElementsAre(R"({"card":"a","gap":3})"));
}

TEST_F(HistoryTest, TheFirstOfAKeyIsTakenAndItsCopiesAreNot) {
  spec_.sql = "SELECT card, amount FROM tx QUALIFY row_number() OVER (ORDER BY _offset) = 1";
  write({"a", kStartMs, 1});
  write({"a", kStartMs + 1'000, 2});
  write({"b", kStartMs + 2'000, 3});
  write({"a", kStartMs + 3'601'000, 4});  // the first is forgotten by now, and so is the second
  run(100);
  EXPECT_THAT(values("out"), ElementsAre(R"({"card":"a","amount":1})", R"({"card":"b","amount":3})",
                                         R"({"card":"a","amount":4})"));
}

TEST_F(HistoryTest, WhatIsRejectedIsInNoHistory) {
  spec_.sql = "SELECT amount::TINYINT AS small, count(*) OVER () AS n FROM tx";
  for (const std::size_t batch : {1U, 100U}) {
    spec_.outputs[0].topic = "out" + std::to_string(batch);
    if (batch == 1) {
      write({"a", kStartMs, 1});
      write({"a", kStartMs + 1, 1'000});
      write_value("no json", kStartMs + 2);
      write({"a", kStartMs + 3, 2});
    }
    run(batch);
    EXPECT_THAT(values(spec_.outputs[0].topic),
                ElementsAre(R"({"small":1,"n":1})", R"({"small":2,"n":2})"));
  }
  const auto rejected = values("in.rejected");
  EXPECT_EQ(rejected.size(), 4U) << "two by each of the runs";
}

TEST_F(HistoryTest, ItIsReadBackFromBeforeWhatIsNoEventAtTheEnd) {
  const client::TopicPartition first{"in", PartitionId{0}};
  const client::TopicPartition second{"in", PartitionId{1}};
  spec_.sql = "SELECT amount, count(*) OVER () AS n FROM tx";
  for (int i = 0; i < 3; ++i) {
    write({"a", kStartMs + i, i}, 0);
    write({"a", kStartMs + i, i}, 1);
  }
  // A mark, and a transaction that was aborted, longer than the last event is looked for at first.
  for (int i = 3; i < 100; ++i) ASSERT_TRUE(client::empty_offset(*log_, first, Offset{i}));
  run(100);
  ASSERT_TRUE(client::empty_offset(*log_, second, Offset{2}));  // by compaction, once committed
  run(100);
  write({"a", kStartMs + 10, 10}, 0);
  write({"a", kStartMs + 10, 10}, 1);
  run(100);
  EXPECT_THAT(values("out", 0), ElementsAre(R"({"amount":0,"n":1})", R"({"amount":1,"n":2})",
                                            R"({"amount":2,"n":3})", R"({"amount":10,"n":4})"));
  EXPECT_THAT(values("out", 1), ElementsAre(R"({"amount":0,"n":1})", R"({"amount":1,"n":2})",
                                            R"({"amount":2,"n":3})", R"({"amount":10,"n":3})"))
      << "what compaction has taken is in no history any more";
}

TEST_F(HistoryTest, APartitionInWhichNoEventIsLeftHasNoHistory) {
  spec_.sql = "SELECT amount, count(*) OVER () AS n FROM tx";
  write({"a", kStartMs, 1});
  run(100);
  for (const int offset : {0, 1}) {
    ASSERT_TRUE(client::empty_offset(*log_, {"in", PartitionId{0}}, Offset{offset}));
  }
  run(100);
  write({"a", kStartMs, 2});
  run(100);
  EXPECT_THAT(values("out"), ElementsAre(R"({"amount":1,"n":1})", R"({"amount":2,"n":1})"));
}

TEST(CheckHistory, WindowsNeedHistoryAndHistoryNeedsWindows) {
  ProcessorSpec spec;
  spec.name = "p";
  spec.inputs = {{"tx", "in", client::Schema{client::Envelope::kPlain, {{"id", "BIGINT", false}}}}};
  spec.outputs = {{"out", ""}};
  spec.sql = "SELECT count(*) OVER () AS n FROM tx";
  EXPECT_THAT(check_processor(spec), ElementsAre(HasSubstr("needs history")));
  spec.history = HistorySpec{"id", 1'000};
  EXPECT_THAT(check_processor(spec), IsEmpty());
  spec.history->by = "nothing";
  EXPECT_THAT(check_processor(spec), ElementsAre(HasSubstr("nothing")));
  spec.history->by = "id";
  spec.sql = "SELECT id FROM tx";
  EXPECT_THAT(check_processor(spec),
              ElementsAre(HasSubstr("window functions, and there are none")));
  spec.sql = "SELECT sum(id) AS s FROM tx";
  EXPECT_THAT(check_processor(spec), testing::Contains(HasSubstr("sum reads more than one event")));
}

}  // namespace
}  // namespace daybook::flow

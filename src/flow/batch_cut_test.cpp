#include <gtest/gtest.h>

#include <map>
#include <random>

#include "flow/testing/transform_fixture.h"

namespace daybook::flow {
namespace {

constexpr std::size_t kManyEvents = 51'000;  // more than the largest batch
constexpr std::size_t kSomeEvents = 5'500;   // where a batch of one event costs a millisecond
constexpr std::size_t kCuts[] = {1, 7, 1'000, 50'000};
constexpr std::int32_t kCutPartitions = 2;

// The same events through a processor, in batches of every size. Windows stay in their partition of
// the input: those of several partitions in one of the output stand as the partitions were read.
class BatchCutTest : public TransformTest {
 protected:
  BatchCutTest()
      : TransformTest(
            {client::Envelope::kPlain, {{"card", "VARCHAR", false}, {"amount", "BIGINT", false}}},
            kCutPartitions) {}

  void write_random(std::size_t events) {
    std::mt19937_64 random(17);
    auto now = kStartMs;
    for (std::size_t i = 0; i < events; ++i) {
      now += static_cast<std::int64_t>(random() % 2'000);
      const auto late = random() % 4 == 0 ? static_cast<std::int64_t>(random() % 300'000) : 0;
      write_value(random() % 100 == 0
                      ? "poison"
                      : R"({"card":"c)" + std::to_string(random() % 300) + R"(","amount":)" +
                            std::to_string(random() % 1'000) + "}",
                  now - late, static_cast<std::int32_t>(random() % kCutPartitions));
    }
  }

  // Everything of a topic's records, by partition, but for their offsets, which the marks of
  // transactions have as well.
  std::string bytes(const std::string& topic) {
    std::string all;
    const auto partitions = log_->describe_topic(topic).value().partitions;
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
      auto reader = log_->make_reader().value();
      EXPECT_TRUE(reader->assign({{{topic, PartitionId{partition}}, Offset{0}}}));
      const auto batch = reader->fetch(1'000'000, 1u << 30, client::milliseconds(0)).value();
      for (std::size_t i = 0; i < batch->records().size(); ++i) {
        const auto& record = batch->records()[i];
        all += std::to_string(partition) + "|" + std::string(record.key.value_or("~")) + "|" +
               std::string(record.value.value_or("~")) + "|" +
               std::to_string(record.timestamp.value);
        for (const auto& header : batch->headers(i)) {
          all += "|" + std::string(header.name) + "=" + std::string(header.value.value_or("~"));
        }
        all += "\n";
      }
    }
    return all;
  }

  void expect_same(std::size_t events) {
    write_random(events);
    std::map<std::size_t, std::string> outputs;
    for (const auto cut : kCuts) {
      spec_.outputs[0].topic = "out" + std::to_string(cut);
      run(cut);
      outputs[cut] = bytes(spec_.outputs[0].topic);
      EXPECT_GT(outputs[cut].size(), events) << cut;
    }
    for (const auto& [cut, output] : outputs) {
      EXPECT_TRUE(output == outputs.begin()->second) << "batches of " << cut;
    }
  }
};

TEST_F(BatchCutTest, DoesNotShowInAMap) {
  spec_.sql =
      "SELECT card, amount * 2 AS twice, unnest(range(amount % 3)) AS part, _offset AS place "
      "FROM tx WHERE amount > 10";
  expect_same(kManyEvents);
}

TEST_F(BatchCutTest, DoesNotShowInAHistory) {
  spec_.history = HistorySpec{"card", 600'000};
  spec_.sql =
      "SELECT card, sum(amount) OVER w AS total FROM tx WINDOW w AS "
      "(PARTITION BY card ORDER BY _timestamp RANGE BETWEEN INTERVAL 10 MINUTE PRECEDING AND "
      "CURRENT ROW)";
  expect_same(kSomeEvents);
}

TEST_F(BatchCutTest, DoesNotShowInWindows) {
  spec_.window =
      WindowSpec{.by = "card", .size_ms = 600'000, .every_ms = 300'000, .late_ms = 60'000};
  spec_.sql =
      "SELECT _partition, card, epoch_ms(_window_start) AS s, count(*) AS n, sum(amount) AS total, "
      "first(amount) AS f FROM tx GROUP BY card";
  expect_same(kManyEvents);
}

TEST_F(BatchCutTest, DoesNotShowInSessions) {
  spec_.window =
      WindowSpec{.by = "card", .size_ms = 600'000, .late_ms = 60'000, .is_session = true};
  spec_.sql =
      "SELECT _partition, card, epoch_ms(_window_start) AS s, epoch_ms(_window_end) AS e, count(*) "
      "AS n, "
      "sum(amount) AS total FROM tx GROUP BY card";
  expect_same(kManyEvents);
}

}  // namespace
}  // namespace daybook::flow

// What tests of windows share: a processor over two partitions, run in many lives, and what DuckDB
// makes of all events at once.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "flow/testing/transform_fixture.h"
#include "sql/decoded_batch.h"
#include "sql/engine.h"

namespace daybook::flow {

inline constexpr std::int64_t kMinute = 60'000;
inline constexpr std::size_t kEvents = 120;  // of each partition

inline const client::Schema kSchema{client::Envelope::kPlain,
                                    {{"card", "VARCHAR", false}, {"amount", "BIGINT", false}}};

struct Event {
  std::string card;
  std::int64_t time_ms = 0;
  std::int64_t amount = 0;
  std::string value() const {
    return R"({"card":")" + card + R"(","amount":)" + std::to_string(amount) + "}";
  }
};

class WindowTest : public TransformTest {
 protected:
  WindowTest() : TransformTest(kSchema, 2) {
    spec_.sql =
        "SELECT _partition, card, epoch_ms(_window_start) AS s, epoch_ms(_window_end) AS e, "
        "count(*) AS n, "
        "sum(amount) AS total, first(amount) AS f FROM tx WHERE amount % 7 <> 0 GROUP BY card, "
        "_partition";
  }

  static WindowSpec tumbling(std::int64_t size_ms, std::int64_t late_ms = 0) {
    return {.by = "card", .size_ms = size_ms, .every_ms = size_ms, .late_ms = late_ms};
  }

  void write(const Event& event, std::int32_t partition = 0) {
    write_value(event.value(), event.time_ms, partition);
    all_[partition].push_back(event);
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

  // Into a topic of its own: in batches of that many, or, for 0, in many lives.
  void run_anew(const std::string& topic, std::size_t batch, std::uint64_t seed) {
    spec_.outputs[0].topic = topic;
    if (batch > 0) return run(batch);
    std::mt19937_64 random(seed);
    for (int life = 0; life < 20; ++life)
      run(1 + random() % 40, 1 + static_cast<int>(random() % 3));
    run(1'000);
  }
  std::vector<std::string> all_values(const std::string& topic) {
    auto result = values(topic, 0);
    const auto second = values(topic, 1);
    result.insert(result.end(), second.begin(), second.end());
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
    EXPECT_THAT(batch.decode(events), testing::IsEmpty());
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

  std::map<std::int32_t, std::vector<Event>> all_;
};

// A row as the test's SQL writes it, of what an inner SELECT calls card, s, e, amount and _offset.
inline constexpr const char* kLine =
    R"(SELECT '{"card":"' || card || '","s":' || s || ',"e":' || e || ',"n":' || count(*) || )"
    R"(',"total":' || sum(amount) || ',"f":' || arg_min(amount, _offset) || '}' FROM )";

}  // namespace daybook::flow

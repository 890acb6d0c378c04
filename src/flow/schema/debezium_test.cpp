// What Debezium's own connector for PostgreSQL has written (testing/debezium), with and without
// schemas, is recognised as changes of rows, and every value that its schema describes is exact.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "client/memory_log.h"
#include "flow/schema/inferred_schema.h"
#include "sql/decoded_batch.h"
#include "sql/engine.h"

namespace daybook::flow {
namespace {

using testing::ElementsAre;
using Json = nlohmann::json;
using Texts = std::map<std::string, std::string>;

struct Recorded {
  std::string key;
  std::optional<std::string> value;
};

std::vector<Recorded> recorded(const std::string& name) {
  std::ifstream file("src/flow/testing/debezium/" + name);
  EXPECT_TRUE(file) << "run in the repository's root";
  std::vector<Recorded> events;
  for (std::string line; std::getline(file, line);) {
    const auto pair = Json::parse(line);
    events.push_back({pair[0], std::nullopt});
    if (!pair[1].is_null()) events.back().value = pair[1];
  }
  return events;
}

class Captured {
 public:
  explicit Captured(const std::string& name) : events_(recorded(name)) {
    const auto log = client::make_memory_log();
    EXPECT_TRUE(log->create_topic({"t", 1, {}}));
    auto writer = log->make_writer().value();
    for (const auto& event : events_) {
      client::OutgoingRecord record;
      record.topic = "t";
      record.partition = PartitionId{0};
      record.key = event.key;
      if (event.value) record.value = *event.value;
      EXPECT_TRUE(writer->write(record));
    }
    EXPECT_TRUE(writer->flush(client::milliseconds(1000)));
    schema = TopicSchema(*log, "t", std::nullopt).find().value().schema.value();
  }

  Texts types() const {
    Texts types;
    for (const auto& column : schema.columns) types[column.name] = column.type;
    return types;
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& column : schema.columns) {
      if (column.is_key) names.push_back(column.name);
    }
    return names;
  }

  // `select` for each row.
  std::vector<std::string> rows(const std::string& select) {
    const auto input = to_input_schema("t", schema, UnknownTypes::kRefuse).value();
    const auto engine = sql::Engine::open().value();
    EXPECT_TRUE(engine->set_input("t", input));
    const auto statement =
        engine->prepare("SELECT (" + select + ")::VARCHAR FROM t ORDER BY _order").value();
    sql::DecodedBatch batch(input, statement->input_columns());
    std::vector<sql::InputEvent> events;
    for (const auto& event : events_) {
      const auto offset = static_cast<std::int64_t>(events.size());
      events.push_back({0, offset, 0, 0, event.key, std::nullopt});
      if (event.value) events.back().value = *event.value;
    }
    for (const auto& refused : batch.decode(events)) ADD_FAILURE() << refused.reason;
    const auto result = statement->run(batch).value();
    std::vector<std::string> rows;
    sql::Cell cell;
    while (result->next_chunk().value()) {
      for (std::size_t i = 0; i < result->row_count(); ++i) {
        result->read(0, i, cell);
        rows.push_back(cell.text);
      }
    }
    return rows;
  }
  std::string first(const std::string& select) { return rows(select).at(0); }

  client::Schema schema;

 private:
  std::vector<Recorded> events_;
};

TEST(Debezium, ChangesAreRecognised) {
  for (const auto* name : {"schemas.jsonl", "bare.jsonl"}) {
    Captured captured(name);
    EXPECT_EQ(captured.schema.envelope, client::Envelope::kDebezium) << name;
    EXPECT_THAT(captured.keys(), ElementsAre("id")) << name;
    const std::string text = R"(text with "quotes", € and 🙂)";
    EXPECT_THAT(captured.rows("_sign || ':' || id || ' ' || a_text"),
                ElementsAre("1:1 " + text, "1:2 " + text, "1:3 none", "-1:2 " + text, "1:2 changed",
                            "-1:3 none"))
        << name;
  }
}

TEST(Debezium, TheTypesAreThoseThatItsSchemaDescribes) {
  const Texts wanted{{"id", "BIGINT"},
                     {"a_boolean", "BOOLEAN"},
                     {"a_smallint", "SMALLINT"},
                     {"an_integer", "INTEGER"},
                     {"a_real", "FLOAT"},
                     {"a_double", "DOUBLE"},
                     {"a_numeric", "DECIMAL(12,2)"},
                     {"a_free_numeric", "VARCHAR"},
                     {"a_domain", "DECIMAL(12,2)"},
                     {"a_date", "DATE"},
                     {"a_time", "TIME"},
                     {"a_timetz", "VARCHAR"},
                     {"a_timestamp", "TIMESTAMP"},
                     {"a_timestamp_3", "TIMESTAMP"},
                     {"a_timestamptz", "TIMESTAMP WITH TIME ZONE"},
                     {"an_interval", "BIGINT"},
                     {"a_uuid", "UUID"},
                     {"a_json", "JSON"},
                     {"a_jsonb", "JSON"},
                     {"a_bytea", "VARCHAR"},
                     {"a_char", "VARCHAR"},
                     {"a_varchar", "VARCHAR"},
                     {"a_text", "VARCHAR"},
                     {"a_mood", "VARCHAR"},
                     {"an_inet", "VARCHAR"},
                     {"integers", "JSON"},
                     {"texts", "JSON"},
                     {"a_bit", "BOOLEAN"},
                     {"a_point", "JSON"}};
  EXPECT_EQ(Captured("schemas.jsonl").types(), wanted);
}

TEST(Debezium, EveryValueIsExact) {
  Captured captured("schemas.jsonl");
  EXPECT_EQ(captured.first("a_numeric"), "-1234567890.12");
  EXPECT_THAT(
      captured.rows("coalesce(a_numeric::VARCHAR, 'NULL')"),
      ElementsAre("-1234567890.12", "-1234567890.12", "NULL", "-1234567890.12", "0.01", "NULL"));
  EXPECT_EQ(captured.first("a_free_numeric"), "3.14159265358979323846264338327950288");
  EXPECT_EQ(captured.first("a_domain"), "99.95");
  EXPECT_EQ(captured.first("a_date"), "1969-12-31");
  EXPECT_EQ(captured.first("a_time"), "13:14:15.123456");
  EXPECT_EQ(captured.first("a_timestamp"), "2026-11-26 01:02:03.123456");
  EXPECT_EQ(captured.first("a_timestamp_3"), "2026-11-26 01:02:03.123");
  EXPECT_EQ(captured.first("epoch_us(a_timestamptz)"), "1795654923123456");
  EXPECT_EQ(captured.first("a_uuid"), "6f1b2c3d-0000-4000-8000-0123456789ab");
  EXPECT_EQ(captured.first("a_jsonb->'b'->>'c'"), "ü");
  EXPECT_EQ(captured.first("(a_point->>'x')::DOUBLE + (integers->2)::INTEGER"), "4.5");
  EXPECT_EQ(captured.first("a_double"), "2.718281828459045");
}

TEST(Debezium, WithoutItsSchemaValuesAreAsTheyStand) {
  Captured captured("bare.jsonl");
  const auto types = captured.types();
  EXPECT_EQ(types.at("id"), "BIGINT");
  EXPECT_EQ(types.at("a_numeric"), "VARCHAR");  // base64
  EXPECT_EQ(types.at("a_timestamp"), "BIGINT");
  EXPECT_EQ(types.at("a_free_numeric"), "JSON");
  EXPECT_EQ(captured.first("make_timestamp(a_timestamp)"), "2026-11-26 01:02:03.123456");
}

}  // namespace
}  // namespace daybook::flow

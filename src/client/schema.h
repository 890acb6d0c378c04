// What a topic's values are made of: the columns that SQL sees. A schema is stored in the log
// itself, in the compacted topic `daybook.schemas` (key: topic name, value: this as JSON), so that
// it is found on any log, by anyone.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::client {

inline constexpr const char* kSchemaTopic = "daybook.schemas";

enum class Envelope : std::uint8_t {
  kPlain,     // the value is one JSON object: the row
  kDebezium,  // the value is a change: before, after, source, op, ts_ms; the row is inside
};

struct Column {
  std::string name;
  std::string type;     // DuckDB's name: BIGINT, DECIMAL(18,2), VARCHAR, TIMESTAMP, ...
  bool is_key = false;  // part of the row's primary key
  // How values are written, if not in the topic's usual way: millis, micros, nanos (numbers for
  // times), unscaled, scaled (Kafka Connect's and Debezium's decimals in base64).
  std::string form = {};
  friend bool operator==(const Column&, const Column&) = default;
};

struct Schema {
  Envelope envelope = Envelope::kPlain;
  std::vector<Column> columns;
  bool is_inferred = false;  // from the topic's first events: nobody has said it
  friend bool operator==(const Schema&, const Schema&) = default;
};

std::string to_json(const Schema& schema);
Result<Schema> schema_from_json(std::string_view json);

// Makes `schema` the topic's current one; a no-op if it already is. Acknowledged by the log on
// success. Creates kSchemaTopic if it is missing.
Status publish_schema(LogClient& log, const std::string& topic, const Schema& schema);

// The current schema of every topic that has one, by name.
Result<std::map<std::string, Schema>> find_schemas(LogClient& log);

// The current schema of `topic`, or nothing if none was published.
Result<std::optional<Schema>> find_schema(LogClient& log, const std::string& topic);

}  // namespace daybook::client

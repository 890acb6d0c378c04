// What one event's JSON has in it, as far as columns can be made of that: its fields, and if it is
// a change in Debezium's envelope those of the rows before and after it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::flow {

enum class ValueKind : std::uint8_t { kNull, kBoolean, kNumber, kText, kNested };

struct EventField {
  std::string name;
  ValueKind kind = ValueKind::kNull;
  std::string number = {};  // as it is written
};

struct EventFields {
  bool is_change = false;
  // {"schema": ..., "payload": the change}: Kafka Connect's converter with schemas.enable.
  bool has_schema = false;
  std::vector<EventField> fields;
  std::vector<EventField> row_fields;  // of a change's rows
};

// Nothing for what is no JSON object, or goes deeper than kMaxJsonLevels: whoever reads on may call
// itself for each level.
std::optional<EventFields> read_fields(std::string_view value);

// The names of the fields of a record's key, with or without its schema; none if it is no object.
std::vector<std::string> key_fields(std::string_view key);

}  // namespace daybook::flow

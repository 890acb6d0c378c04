// Events as people write them in one line of JSON, for tests: an object is the value, and its names
// that begin with _ say what the event is beside it, as they do in a processor's SQL: _key,
// _timestamp, _headers, _partition, _value. Any other text is the value as it is.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/log_client.h"

namespace daybook::flow {

struct JsonEvent {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::optional<TimestampMs> timestamp;
  std::optional<PartitionId> partition;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// kInvalid, naming what is wrong.
Result<JsonEvent> json_event_from(std::string_view row);

// The record as an object of the same names, all of them, and the fields of its value if that is an
// object; else the value is _value.
nlohmann::ordered_json json_of(const client::Batch& batch, std::size_t record);

// Whether `got` is what `expected` says: of objects the names that are there; a number equals the
// text that writes it.
bool matches(const nlohmann::ordered_json& expected, const nlohmann::ordered_json& got);

}  // namespace daybook::flow

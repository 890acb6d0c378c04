#include "flow/json_event.h"

#include <charconv>

#include "base/units.h"
#include "flow/input_events.h"
#include "sql/calendar.h"

namespace daybook::flow {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string plain_text(const Json& json) {
  return json.is_string() ? json.get<std::string>() : text_of(json);
}

Status read_timestamp(const Json& json, JsonEvent& event) {
  if (json.is_number_integer()) {
    event.timestamp = TimestampMs{json.get<std::int64_t>()};
    return {};
  }
  const auto micros =
      json.is_string() ? sql::parse_timestamp(json.get<std::string>()) : std::nullopt;
  if (!micros) {
    return fail(ErrorCode::kInvalid,
                "_timestamp must be a time such as 2026-01-31 12:00:00, or "
                "milliseconds, not " +
                    text_of(json));
  }
  event.timestamp = TimestampMs{*micros / kMicrosPerMs};
  return {};
}

Status read_reserved(const std::string& name, const Json& json, JsonEvent& event) {
  if (name == "_key") {
    if (!json.is_null()) event.key = plain_text(json);
  } else if (name == "_value") {
    if (!json.is_null()) event.value = plain_text(json);
  } else if (name == "_timestamp") {
    return read_timestamp(json, event);
  } else if (name == "_partition") {
    if (!json.is_number_integer() || json < 0) {
      return fail(ErrorCode::kInvalid, "_partition must be a whole number");
    }
    event.partition = PartitionId{json.get<std::int32_t>()};
  } else if (name == "_headers") {
    if (!json.is_object()) return fail(ErrorCode::kInvalid, "_headers must be an object");
    for (const auto& [header, value] : json.items()) {
      event.headers.emplace_back(header,
                                 value.is_null() ? std::nullopt : std::optional(plain_text(value)));
    }
  } else {
    return fail(ErrorCode::kInvalid,
                name +
                    ": of names that begin with _ there are _key, _timestamp, _headers, "
                    "_partition and _value");
  }
  return {};
}

}  // namespace

Result<JsonEvent> json_event_from(std::string_view row) {
  JsonEvent event;
  const auto json = Json::parse(row, nullptr, false);
  if (!json.is_object()) {
    event.value = row;
    return event;
  }
  Json value = Json::object();
  for (const auto& [name, member] : json.items()) {
    if (name.starts_with('_')) {
      DAYBOOK_TRY_VOID(read_reserved(name, member, event));
    } else {
      value[name] = member;
    }
  }
  const bool is_whole = json.contains("_value");
  if (is_whole && !value.empty()) {
    return fail(ErrorCode::kInvalid, "_value is the whole value: leave the other names out");
  }
  if (!is_whole) event.value = text_of(value);
  return event;
}

Json json_of(const client::Batch& batch, std::size_t record) {
  const auto& read = batch.records()[record];
  Json json = read.value ? Json::parse(*read.value, nullptr, false) : Json(nullptr);
  if (!json.is_object()) {
    json = Json{{"_value", nullptr}};
    if (read.value) json["_value"] = *read.value;
  }
  json["_key"] = nullptr;
  if (read.key) json["_key"] = *read.key;
  json["_timestamp"] = sql::timestamp_text(read.timestamp.value * kMicrosPerMs);
  json["_partition"] = batch.sources()[read.source].partition.value;
  std::string headers;
  append_headers_json(batch.headers(record), headers);
  json["_headers"] = Json::parse(headers, nullptr, false);
  return json;
}

bool matches(const Json& expected, const Json& got) {
  if (expected.is_object() && got.is_object()) {
    for (const auto& [name, value] : expected.items()) {
      const auto found = got.find(name);
      if (found == got.end() || !matches(value, *found)) return false;
    }
    return true;
  }
  if (expected.is_number() && got.is_string()) {
    const auto& text = got.get_ref<const std::string&>();
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() &&
           number == expected.get<double>();
  }
  return expected == got;
}

}  // namespace daybook::flow

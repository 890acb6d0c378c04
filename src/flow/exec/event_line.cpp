#include "flow/exec/event_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "flow/exec/json_members.h"
#include "flow/input_events.h"

namespace daybook::flow {
namespace {

constexpr std::string_view kReserved[] = {"_topic", "_partition", "_offset", "_timestamp",
                                          "_key",   "_headers",   "_value"};

void append_name(std::string_view name, std::string& out) {
  if (out.back() != '{') out += ',';
  append_json_text(name, out);
  out += ':';
}

void append_text(std::string_view name, std::optional<std::string_view> text, std::string& out) {
  append_name(name, out);
  if (text) {
    append_json_text(*text, out);
  } else {
    out += "null";
  }
}

void append_number(std::string_view name, std::int64_t number, std::string& out) {
  append_name(name, out);
  daybook::append_number(number, out);
}

void append_value(const client::RecordView& record, std::string& out) {
  const auto object = record.value ? read_json_objects(*record.value, 1) : std::nullopt;
  if (!object || object->is_array) return append_text("_value", record.value, out);
  for (const auto& [name, json] : object->objects.front()) {
    if (std::ranges::find(kReserved, name) != std::end(kReserved)) continue;
    append_name(name, out);
    out += json;
  }
}

}  // namespace

std::optional<std::string> append_event_line(const client::Batch& batch, std::size_t record,
                                             std::string& out) {
  const auto& event = batch.records()[record];
  const auto& source = batch.sources()[event.source];
  std::string line = "{";
  append_value(event, line);
  append_text("_topic", source.topic, line);
  append_number("_partition", source.partition.value, line);
  append_number("_offset", event.offset.value, line);
  append_number("_timestamp", event.timestamp.value, line);
  append_text("_key", event.key, line);
  append_name("_headers", line);
  append_headers_json(batch.headers(record), line);
  line += '}';
  if (line.size() > kMaxEventLineBytes) {
    return "as a line for the program it has " + std::to_string(line.size()) +
           " bytes, more than " + std::to_string(kMaxEventLineBytes);
  }
  if (!nlohmann::json::accept(line)) return "its value, key or headers are not UTF-8";
  line += '\n';
  out += line;
  return std::nullopt;
}

}  // namespace daybook::flow

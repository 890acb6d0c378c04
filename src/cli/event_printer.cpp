#include "cli/event_printer.h"

#include <nlohmann/json.hpp>

#include "cli/output.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::optional<std::string_view>& text) {
  if (!text) return nullptr;
  return std::string(*text);
}

}  // namespace

std::string to_json_line(const Event& event) {
  Json headers = Json::array();
  for (const auto& [name, value] : event.headers) {
    headers.push_back({{"name", name}, {"value", text_or_null(value)}});
  }
  const Json json = {
      {"topic", event.topic},           {"partition", event.partition.value},
      {"offset", event.offset.value},   {"timestamp", event.timestamp.value},
      {"key", text_or_null(event.key)}, {"value", text_or_null(event.value)},
      {"headers", std::move(headers)},
  };
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool EventPrinter::print(const Event& event) const {
  if (json_) return write_line(to_json_line(event));
  if (!key_separator_.empty()) {
    if (!write(event.key.value_or("")) || !write(key_separator_)) return false;
  }
  return write_line(event.value.value_or(""));
}

}  // namespace daybook::cli

#include "sql/decode/change_text.h"

#include <algorithm>
#include <cstring>

namespace daybook::sql {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kFirstName = "\"schema\"";

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

// So that what has none is not read twice.
bool begins_with_schema(std::string_view value) {
  value = without_blanks(value);
  return value.starts_with('{') && without_blanks(value.substr(1)).starts_with(kFirstName);
}

}  // namespace

std::string_view ChangeText::of(std::string_view value) {
  if (!begins_with_schema(value)) return value;
  padded_.resize(value.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded_.data(), value.data(), value.size());
  simdjson::ondemand::document document;
  simdjson::ondemand::object payload;
  std::string_view text;
  auto error = parser_.iterate(padded_.data(), value.size(), padded_.size()).get(document);
  if (!error) error = document.find_field("payload").get_object().get(payload);
  if (!error) error = payload.raw_json().get(text);
  if (error) return value;
  return value.substr(static_cast<std::size_t>(text.data() - padded_.data()), text.size());
}

}  // namespace daybook::sql

#include "app/environment.h"

#include <cstdlib>

namespace daybook::app {
namespace {

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

// What stands between ${ and }.
Result<std::string> value_of(std::string_view reference, const Environment& environment) {
  const std::size_t separator = reference.find(":-");
  const std::string name(reference.substr(0, separator));
  if (!is_name(name)) {
    return fail(ErrorCode::kInvalid, "${" + std::string(reference) +
                                         "} does not name a variable: write ${NAME} or "
                                         "${NAME:-default}, or $${ for a literal ${");
  }
  const auto value = environment(name);
  if (separator == std::string_view::npos) {
    if (value) return *value;
    return fail(ErrorCode::kInvalid, "environment variable " + name +
                                         " is not set: set it, or write ${" + name + ":-default}");
  }
  if (value && !value->empty()) return *value;
  return std::string(reference.substr(separator + 2));
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<std::string> expand(std::string_view text, const Environment& environment) {
  std::string expanded;
  while (true) {
    const std::size_t at = text.find("${");
    if (at == std::string_view::npos) return expanded.append(text);
    if (at > 0 && text[at - 1] == '$') {
      expanded.append(text.substr(0, at - 1)).append("${");
      text.remove_prefix(at + 2);
      continue;
    }
    expanded.append(text.substr(0, at));
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) {
      return fail(ErrorCode::kInvalid, "${ without its }: write ${NAME}, or $${ for a literal ${");
    }
    DAYBOOK_TRY(const std::string value, value_of(text.substr(at + 2, end - at - 2), environment));
    expanded.append(value);
    text.remove_prefix(end + 1);
  }
}

}  // namespace daybook::app

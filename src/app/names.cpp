#include "app/names.h"

#include <algorithm>
#include <charconv>

namespace daybook::app {
namespace {

constexpr std::size_t kMaxTopicName = 249;
constexpr std::size_t kMaxPartName = 100;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<std::string> topic_name_fault(std::string_view name) {
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  };
  if (name.empty() || name.size() > kMaxTopicName) return "must have 1 to 249 characters";
  if (name == "." || name == "..") return "cannot be a topic";
  if (!std::ranges::all_of(name, allowed)) {
    return "may have only letters, digits, '.', '_' and '-'";
  }
  return std::nullopt;
}

std::optional<std::string> part_name_fault(std::string_view name) {
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; };
  if (name.empty() || name.size() > kMaxPartName) return "must have 1 to 100 characters";
  if (!is_letter(name[0]) || !std::ranges::all_of(name, allowed)) {
    return "must start with a letter and have only letters, digits, '_' and '-'";
  }
  return std::nullopt;
}

std::optional<std::string> alias_fault(std::string_view name) {
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
  if (name.empty() || name.size() > kMaxPartName) return "must have 1 to 100 characters";
  if (is_digit(name[0]) || !std::ranges::all_of(name, allowed)) {
    return "must be a name that SQL can use: letters, digits and '_', not starting with a digit";
  }
  return std::nullopt;
}

std::optional<std::string> address_fault(std::string_view address, bool any_port) {
  constexpr const char* kForm = "must be HOST:PORT, such as 127.0.0.1:9092";
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return kForm;
  const std::string_view host = address.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (!bracketed && host.find(':') != std::string_view::npos) return kForm;
  const std::string_view port = address.substr(colon + 1);
  int number = 0;
  const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool whole = error == std::errc{} && rest == port.data() + port.size() && !port.empty();
  if (!whole || number < (any_port ? 0 : 1) || number > 65535) {
    return std::string("must have a port from ") + (any_port ? "0" : "1") + " to 65535";
  }
  return std::nullopt;
}

}  // namespace daybook::app

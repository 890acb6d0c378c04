#include "views/view_spec.h"

#include <algorithm>
#include <cctype>

namespace daybook::views {
namespace {

constexpr std::size_t kMaxName = 128;

bool is_name(const std::string& name) {
  const auto is_part = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, is_part) &&
         std::isdigit(static_cast<unsigned char>(name[0])) == 0;
}

}  // namespace

bool is_reserved(std::string_view name) {
  std::string low;
  for (const unsigned char c : name) low += static_cast<char>(std::tolower(c));
  return low.starts_with("daybook_") || low.starts_with("sqlite_");
}

std::vector<Error> check_names(const ViewSpec& spec) {
  std::vector<Error> faults;
  const auto add = [&](std::string message) {
    faults.push_back({ErrorCode::kInvalid, std::move(message)});
  };
  if (!is_name(spec.name)) {
    add("the name must be letters, digits and _, not begin with a digit, and have at most 128 "
        "characters");
  } else if (is_reserved(spec.name)) {
    add("names that begin with daybook_ or sqlite_ are taken");
  }
  if (!is_name(spec.input)) {
    add("the input's name '" + spec.input +
        "' must be letters, digits and _, and not begin with "
        "a digit");
  }
  if (spec.topic.empty()) add("it names no topic to read from");
  return faults;
}

}  // namespace daybook::views

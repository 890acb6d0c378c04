#include "base/options.h"

#include <algorithm>

#include "base/nearest.h"

namespace daybook {
namespace {

std::string missing(std::string_view name) {
  return "\"" + std::string(name) + "\" is missing";
}

}  // namespace

std::optional<std::string> Options::required_text(std::string_view name) {
  auto value = text(name);
  if (!value) {
    // A value that was there but wrong has been reported already.
    if (!written(name)) fault(name, missing(name));
    return std::nullopt;
  }
  if (!value->empty()) return value;
  fault(name, "\"" + std::string(name) + "\" is empty");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Options::required_texts(std::string_view name) {
  auto values = texts(name);
  if (!values) {
    if (!written(name)) fault(name, missing(name));
    return std::nullopt;
  }
  if (!values->empty()) return values;
  fault(name, "\"" + std::string(name) + "\" is empty: list at least one");
  return std::nullopt;
}

std::optional<std::string> Options::choice(std::string_view name,
                                           std::initializer_list<std::string_view> choices) {
  auto value = text(name);
  if (!value || std::ranges::find(choices, *value) != choices.end()) return value;
  std::string message = "\"" + std::string(name) + "\" is \"" + *value + "\", but must be one of ";
  std::vector<std::string> names(choices.begin(), choices.end());
  for (std::size_t i = 0; i < names.size(); ++i) message += (i == 0 ? "" : ", ") + names[i];
  fault(name, message + did_you_mean(*value, names));
  return std::nullopt;
}

}  // namespace daybook

#include "views/question.h"

#include <algorithm>
#include <charconv>

namespace daybook::views {
namespace {

std::string signature(const Question& question) {
  std::string text = question.name;
  for (const auto& parameter : question.parameters) {
    const auto named = parameter.name + "=...";
    text += parameter.is_required ? " " + named : " [" + named + "]";
  }
  return text;
}

}  // namespace

std::optional<std::string> Arguments::text(std::string_view name) const {
  const auto found = std::ranges::find(given_, name, [](const auto& pair) { return pair.first; });
  if (found == given_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [given, value] : given_) {
    if (given == name) values.push_back(value);
  }
  return values;
}

Result<std::int64_t> Arguments::integer(std::string_view name, std::int64_t min, std::int64_t max,
                                        std::int64_t otherwise) const {
  const auto given = text(name);
  if (!given) return otherwise;
  std::int64_t number = 0;
  const char* end = given->data() + given->size();
  const auto [rest, error] = std::from_chars(given->data(), end, number);
  if (error == std::errc{} && rest == end && number >= min && number <= max) return number;
  return fail(ErrorCode::kInvalid, std::string(name) + " must be a whole number from " +
                                       std::to_string(min) + " to " + std::to_string(max) +
                                       ", not \"" + *given + "\"");
}

Result<const Question*> find_question(const std::vector<Question>& questions,
                                      const std::string& view, const std::string& name) {
  const auto found = std::ranges::find(questions, name, &Question::name);
  if (found != questions.end()) return &*found;
  std::string known;
  for (const auto& question : questions) known += (known.empty() ? "" : ", ") + question.name;
  return fail(ErrorCode::kNotFound, "view " + view + " has no question \"" + name +
                                        "\"; it has: " + (known.empty() ? "none" : known));
}

Status check_arguments(const Question& question, const Arguments& arguments) {
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::kInvalid, what + "; ask: " + signature(question));
  };
  for (const auto& [name, value] : arguments.given()) {
    const auto known = std::ranges::find(question.parameters, name, &QuestionParameter::name);
    if (known == question.parameters.end()) return wrong("unknown parameter \"" + name + "\"");
    if (!known->repeats && arguments.all(name).size() > 1) {
      return wrong("parameter \"" + name + "\" is there twice");
    }
  }
  for (const auto& parameter : question.parameters) {
    if (parameter.is_required && !arguments.text(parameter.name)) {
      return wrong("parameter \"" + parameter.name + "\" is missing");
    }
  }
  return {};
}

}  // namespace daybook::views

// The questions that a kind of view answers besides key and SQL: each has a name, named parameters,
// and an answer of rows like every other. They are asked over HTTP and on the command line by these
// names, and described by them, so that a kind's folder is all that a new question needs.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "views/answer.h"
#include "views/view_reader.h"

namespace daybook::views {

class VersionReader;

// NAME=VALUE, in the order in which they were given.
class Arguments {
 public:
  Arguments() = default;
  explicit Arguments(std::vector<std::pair<std::string, std::string>> given)
      : given_(std::move(given)) {}

  const std::vector<std::pair<std::string, std::string>>& given() const { return given_; }
  // The first value of that name, or nothing.
  std::optional<std::string> text(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  // `otherwise` if it is not there; kInvalid if it is no whole number from `min` to `max`.
  Result<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max,
                               std::int64_t otherwise) const;

 private:
  std::vector<std::pair<std::string, std::string>> given_;
};

struct QuestionParameter {
  std::string name;
  std::string meaning = "";
  bool is_required = false;
  bool repeats = false;
};

struct Question {
  std::string name;
  std::string meaning;
  std::vector<QuestionParameter> parameters;
  // Any thread; reads through the version, and so sees rows and position together.
  std::function<Result<Answer>(VersionReader&, const Arguments&, const ReadOptions&)> answer;
};

// What every question can be told besides its parameters, which therefore have other names.
inline constexpr std::string_view kReadOptions[] = {"min_position",  "timeout_ms", "row_limit",
                                                    "time_limit_ms", "as_of",      "read_limit"};

// The question of that name. kNotFound, listing those that there are.
Result<const Question*> find_question(const std::vector<Question>& questions,
                                      const std::string& view, const std::string& name);

// kInvalid, listing the parameters, if one is missing, not known, or there twice.
Status check_arguments(const Question& question, const Arguments& arguments);

}  // namespace daybook::views

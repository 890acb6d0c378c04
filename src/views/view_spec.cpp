#include "views/view_spec.h"

#include <algorithm>
#include <cctype>

#include "flow/input_schema.h"
#include "sql/engine.h"
#include "sql/fold_plan.h"

namespace daybook::views {
namespace {

constexpr std::size_t kMaxName = 128;

bool is_name(const std::string& name) {
  const auto is_part = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, is_part) &&
         std::isdigit(static_cast<unsigned char>(name[0])) == 0;
}

bool is_reserved(const std::string& name) {
  std::string low;
  for (const unsigned char c : name) low += static_cast<char>(std::tolower(c));
  return low.starts_with("daybook_") || low.starts_with("sqlite_");
}

void check_names(const ViewSpec& spec, std::vector<Error>& faults) {
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
}

std::vector<Error> check_sql(const ViewSpec& spec) {
  auto engine = sql::Engine::open();
  if (!engine) return {engine.error()};
  if (!spec.declared) return sql::check_fold(**engine, spec.sql, spec.input, spec.key);
  const auto schema =
      flow::to_input_schema(spec.topic, *spec.declared, flow::UnknownTypes::kRefuse);
  if (!schema) return {schema.error()};
  if (const auto set = (*engine)->set_input(spec.input, *schema); !set) return {set.error()};
  const auto plan = sql::plan_fold(**engine, spec.sql, spec.input, *schema, spec.key);
  if (!plan) return plan.error();
  std::vector<Error> faults;
  for (const auto& column : plan->columns) {
    if (!is_reserved(column.name)) continue;
    faults.push_back({ErrorCode::kInvalid,
                      "column " + column.name + ": names that begin with daybook_ are taken"});
  }
  return faults;
}

}  // namespace

std::vector<Error> check(const ViewSpec& spec) {
  std::vector<Error> faults;
  check_names(spec, faults);
  for (auto& fault : check_sql(spec)) faults.push_back(std::move(fault));
  for (auto& fault : faults) fault.message.insert(0, "view " + spec.name + ": ");
  return faults;
}

}  // namespace daybook::views

#include "http/version_routes.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "http/json.h"
#include "http/limits.h"

namespace daybook::http {
namespace {

using In = Parameter::In;
using Values = std::map<std::string, std::string>;

constexpr std::int64_t kMaxSamples = 1'000;
constexpr std::int64_t kMaxVersion = 1'000'000'000;

// The parameters as text, of the query or of the body, whichever the operation takes.
Result<Values> values_of(const Request& request) {
  Values values(request.query.begin(), request.query.end());
  if (request.body.empty()) return values;
  DAYBOOK_TRY(const Json body, parse_object(request.body));
  for (const auto& [name, value] : body.items()) {
    values[name] = value.is_string() ? value.get<std::string>() : to_text(value);
  }
  return values;
}

// Takes a number out of the values; `otherwise` if it is not there.
template <class Number>
Result<Number> take(Values& values, const std::string& name, Number min, Number max,
                    Number otherwise) {
  const auto found = values.find(name);
  if (found == values.end()) return otherwise;
  const std::string text = found->second;
  values.erase(found);
  Number number{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && rest == end && number >= min && number <= max) return number;
  return fail(ErrorCode::kInvalid, "\"" + name + "\" must be a number from " + std::to_string(min) +
                                       " to " + std::to_string(max) + ", not \"" + text + "\"");
}

Result<bool> take_flag(Values& values, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) return false;
  const std::string text = found->second;
  values.erase(found);
  if (text == "true" || text == "false") return text == "true";
  return fail(ErrorCode::kInvalid, "\"" + name + "\" must be true or false, not \"" + text + "\"");
}

Status refuse_rest(const Values& values) {
  if (values.empty()) return {};
  return fail(ErrorCode::kInvalid, "unknown parameter \"" + values.begin()->first +
                                       "\"; /openapi.json lists those that there are");
}

Result<views::DiffOptions> take_diff_options(Values& values) {
  using std::chrono::milliseconds;
  views::DiffOptions options;
  const std::int64_t samples = static_cast<std::int64_t>(options.samples);
  DAYBOOK_TRY(const auto wanted, take<std::int64_t>(values, "samples", 0, kMaxSamples, samples));
  DAYBOOK_TRY(const auto wait, take<std::int64_t>(values, "timeout_ms", 0, kMaxPositionWait.count(),
                                                  options.wait_limit.count()));
  DAYBOOK_TRY(const auto time, take<std::int64_t>(values, "time_limit_ms", 1, kMaxQueryTime.count(),
                                                  options.time_limit.count()));
  options.samples = static_cast<std::size_t>(wanted);
  options.wait_limit = milliseconds(wait);
  options.time_limit = milliseconds(time);
  return options;
}

Result<Json> rebuild(views::View& view, Values values) {
  DAYBOOK_TRY_VOID(refuse_rest(values));
  DAYBOOK_TRY(const int version, view.rebuild());
  return Json{{"view", view.spec().name}, {"building", version}};
}

Result<Json> diff(views::View& view, Values values) {
  DAYBOOK_TRY(const auto options, take_diff_options(values));
  DAYBOOK_TRY_VOID(refuse_rest(values));
  DAYBOOK_TRY(const auto difference, view.diff(options));
  return to_json(view.spec().name, difference);
}

Result<Json> swap(views::View& view, Values values) {
  views::SwapOptions options;
  DAYBOOK_TRY(options.diff, take_diff_options(values));
  DAYBOOK_TRY(options.force, take_flag(values, "force"));
  DAYBOOK_TRY(options.max_difference_percent, take<double>(values, "max_difference_percent", 0, 100,
                                                           views::kDefaultMaxDifferencePercent));
  DAYBOOK_TRY_VOID(refuse_rest(values));
  DAYBOOK_TRY(const auto report, view.swap(options));
  Json json = {{"view", view.spec().name}, {"version", report.version}, {"former", report.former}};
  if (report.difference) json["difference"] = to_json(view.spec().name, *report.difference);
  return json;
}

Result<Json> rollback(views::View& view, Values values) {
  DAYBOOK_TRY_VOID(refuse_rest(values));
  DAYBOOK_TRY(const int version, view.rollback());
  return Json{{"view", view.spec().name}, {"version", version}};
}

Result<Json> drop(views::View& view, Values values) {
  DAYBOOK_TRY(const auto version, take<std::int64_t>(values, "version", 1, kMaxVersion, 0));
  DAYBOOK_TRY_VOID(refuse_rest(values));
  DAYBOOK_TRY(const int dropped, view.drop(static_cast<int>(version)));
  return Json{{"view", view.spec().name}, {"dropped", dropped}};
}

auto operation(const app::Running& running, Result<Json> (*act)(views::View&, Values)) {
  return [&running, act](const Request& request) {
    const auto json = [&]() -> Result<Json> {
      DAYBOOK_TRY(views::View* const view, running.find_view(request.path.at("view")));
      DAYBOOK_TRY(auto values, values_of(request));
      return act(*view, std::move(values));
    }();
    return json ? json_response(to_text(*json)) : error_response(json.error());
  };
}

}  // namespace

std::vector<Route> version_routes(const app::Running& running) {
  const Parameter view{"view", In::kPath, "string", "the view's name", true};
  const auto samples = [](In in) {
    return Parameter{"samples", in, "integer", "rows to show of each kind of difference; 5"};
  };
  const auto wait = [](In in) {
    return Parameter{"timeout_ms", in, "integer",
                     "how long the version that is behind may take to get there; 10000"};
  };
  const auto time = [](In in) {
    return Parameter{"time_limit_ms", in, "integer", "how long to compare; 60000"};
  };
  return {
      {.method = Method::kPost,
       .path = "/views/{view}/rebuild",
       .summary = "Builds a version from the first event beside the one that answers",
       .parameters = {view},
       .handle = operation(running, rebuild)},
      {.path = "/views/{view}/diff",
       .summary = "How the version that was built beside the one that answers (or else the former "
                  "one) differs from it, at one position",
       .parameters = {view, samples(In::kQuery), wait(In::kQuery), time(In::kQuery)},
       .waits = true,
       .handle = operation(running, diff)},
      {.method = Method::kPost,
       .path = "/views/{view}/swap",
       .summary = "Lets the version that was built answer; the one before is kept",
       .parameters = {view,
                      {"force", In::kBody, "boolean", "without comparing"},
                      {"max_difference_percent", In::kBody, "number",
                       "of the rows may differ; 1 by default"},
                      samples(In::kBody),
                      wait(In::kBody),
                      time(In::kBody)},
       .waits = true,
       .handle = operation(running, swap)},
      {.method = Method::kPost,
       .path = "/views/{view}/rollback",
       .summary = "Lets the version that answered before the last swap answer again",
       .parameters = {view},
       .handle = operation(running, rollback)},
      {.method = Method::kPost,
       .path = "/views/{view}/drop",
       .summary = "Removes a version that does not answer",
       .parameters = {view,
                      {"version", In::kBody, "integer",
                       "which; the one that is being built, or else the former one, by default"}},
       .handle = operation(running, drop)},
  };
}

}  // namespace daybook::http

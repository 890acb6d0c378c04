#include "http/api.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "flow/position_text.h"
#include "http/json.h"
#include "http/limits.h"
#include "http/metrics.h"
#include "http/openapi.h"
#include "http/version_routes.h"
#include "views/view_reader.h"

namespace daybook::http {
namespace {

using In = Parameter::In;

constexpr Parameter kView{"view", In::kPath, "string", "the view's name", true};
constexpr Parameter kMinPosition{"min_position", In::kQuery, "string",
                                 "answer from this position or a later one, as an answer's "
                                 "\"position\" gives it: read your own writes"};
constexpr Parameter kTimeout{"timeout_ms", In::kQuery, "integer",
                             "how long to wait for min_position; 5000 by default"};

constexpr Parameter kAsOf{"as_of", In::kQuery, "string",
                          "the answer as it was at an earlier position, as an answer's "
                          "\"position\" gives it, or at a time in milliseconds since 1970"};
constexpr Parameter kAsOfInBody{"as_of", In::kBody, kAsOf.type, kAsOf.meaning};
constexpr Parameter kReadLimit{"read_limit", In::kQuery, "integer",
                               "events of the topic to go through for as_of at most; 10000000 by "
                               "default"};
constexpr Parameter kReadLimitInBody{"read_limit", In::kBody, kReadLimit.type, kReadLimit.meaning};

template <class T>
Json list_of(const std::vector<T>& statuses) {
  Json array = Json::array();
  for (const T& status : statuses) array.push_back(to_json(status));
  return array;
}

Response answer(const Json& json) {
  return json_response(to_text(json));
}

// A whole number from `min` to `max`, or the fault that names the parameter.
Result<std::int64_t> whole_number(const std::string& name, const std::string& text,
                                  std::int64_t min, std::int64_t max) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && rest == end && number >= min && number <= max) return number;
  return fail(ErrorCode::kInvalid, "\"" + name + "\" must be a whole number from " +
                                       std::to_string(min) + " to " + std::to_string(max) +
                                       ", not \"" + text + "\"");
}

// A position, as answers have it, or a time in milliseconds since 1970.
Result<views::AsOf> as_of_from_text(const std::string& text) {
  if (text.contains('/')) {
    DAYBOOK_TRY(auto position, flow::position_from_text(text));
    return position;
  }
  constexpr auto kLatest = std::numeric_limits<std::int64_t>::max() - 1;
  const auto time = whole_number("as_of", text, 0, kLatest);
  if (time) return TimestampMs{*time};
  return fail(ErrorCode::kInvalid,
              R"("as_of" must be a position, as the answers of views have it, or a time in )"
              R"(milliseconds, not ")" +
                  text + '"');
}

// How a view is to be read, and of when the answer is to be.
struct Reading {
  views::ReadOptions options;
  std::optional<views::AsOf> as_of;  // else of now
  views::ExplainOptions replay;
  bool has_read_limit = false;
};

// Applies one of the options that all reads of a view share. False if it is none of them.
Result<bool> read_option(const std::string& name, const std::string& text, Reading& reading) {
  using std::chrono::milliseconds;
  auto& options = reading.options;
  if (name == "min_position") {
    DAYBOOK_TRY(options.min_position, flow::position_from_text(text));
    return true;
  }
  if (name == "timeout_ms") {
    DAYBOOK_TRY(const auto ms, whole_number(name, text, 0, kMaxPositionWait.count()));
    options.wait_limit = milliseconds(ms);
    return true;
  }
  if (name == "row_limit") {
    DAYBOOK_TRY(const auto rows, whole_number(name, text, 1, views::kMaxRowLimit));
    options.row_limit = static_cast<std::size_t>(rows);
    return true;
  }
  if (name == "time_limit_ms") {
    DAYBOOK_TRY(const auto ms, whole_number(name, text, 1, kMaxQueryTime.count()));
    options.time_limit = milliseconds(ms);
    reading.replay.time_limit = milliseconds(ms);
    return true;
  }
  if (name == "as_of") {
    DAYBOOK_TRY(reading.as_of, as_of_from_text(text));
    return true;
  }
  if (name == "read_limit") {
    DAYBOOK_TRY(reading.replay.read_limit, whole_number(name, text, 1, kMaxReplayEvents));
    reading.has_read_limit = true;
    return true;
  }
  return false;
}

Reading default_reading() {
  Reading reading;
  reading.options.wait_limit = kDefaultPositionWait;
  return reading;
}

std::unexpected<Error> unknown_parameter(const std::string& name) {
  return fail(ErrorCode::kInvalid,
              "unknown parameter \"" + name + "\"; /openapi.json lists those that there are");
}

using Others = std::multimap<std::string, std::string>;

// What is read now is not looked for in the log.
Status check_bounds(const Reading& reading) {
  if (reading.as_of || !reading.has_read_limit) return {};
  return fail(ErrorCode::kInvalid, "\"read_limit\" is a bound of \"as_of\", which is not there");
}

// Options from the query; what is none of them goes to `others`.
Result<Reading> reading_from_query(const Request& request, Others& others) {
  auto reading = default_reading();
  for (const auto& [name, text] : request.query) {
    DAYBOOK_TRY(const bool known, read_option(name, text, reading));
    if (!known) others.emplace(name, text);
  }
  return reading;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (true) {
    const std::size_t comma = text.find(',', from);
    parts.push_back(text.substr(from, comma - from));
    if (comma == std::string::npos) return parts;
    from = comma + 1;
  }
}

std::string key_columns(const views::View& view) {
  std::string names;
  for (const auto& column : view.plan().key()) names += (names.empty() ? "" : ",") + column;
  return names;
}

// As many values as the key has columns. One alone may hold several, with commas between.
Result<std::vector<std::string>> complete_key(const views::View& view,
                                              std::vector<std::string> values) {
  const std::size_t wanted = view.plan().key().size();
  if (wanted == 0) {
    return fail(ErrorCode::kInvalid,
                "the rows of view " + view.spec().name + " have no key: ask it by SQL");
  }
  if (values.size() == 1 && wanted > 1) values = split_at_commas(values.front());
  if (values.size() == wanted) return values;
  return fail(ErrorCode::kInvalid, "the key of view " + view.spec().name + " is (" +
                                       key_columns(view) +
                                       "): give a value for each, in that order");
}

// ?account=1&region=eu, by the names of the columns, or ?key=1&key=eu, in their order.
Result<std::vector<std::string>> key_from_query(const views::View& view, Others given) {
  std::vector<std::string> key;
  for (const std::string& column : view.plan().key()) {
    const auto value = given.find(column);
    if (value == given.end()) break;
    key.push_back(value->second);
    given.erase(value);
  }
  if (key.empty()) {
    const auto [first, last] = given.equal_range("key");
    for (auto value = first; value != last; ++value) key.push_back(value->second);
    given.erase(first, last);
  }
  if (!given.empty()) return unknown_parameter(given.begin()->first);
  return complete_key(view, std::move(key));
}

Result<Json> find_rows(views::View& view, const std::vector<std::string>& key,
                       const Reading& reading) {
  DAYBOOK_TRY_VOID(check_bounds(reading));
  auto& reader = view.reader();
  const auto found = reading.as_of
                         ? reader.find_as_of(key, *reading.as_of, reading.replay, reading.options)
                         : reader.find(key, reading.options);
  if (!found) return std::unexpected(found.error());
  return to_json(view.spec().name, *found);
}

Result<Json> rows_by_path(const app::Running& running, const Request& request) {
  DAYBOOK_TRY(views::View* const view, running.find_view(request.path.at("view")));
  Others others;
  DAYBOOK_TRY(const auto reading, reading_from_query(request, others));
  if (!others.empty()) return unknown_parameter(others.begin()->first);
  DAYBOOK_TRY(const auto key, complete_key(*view, {request.path.at("key")}));
  return find_rows(*view, key, reading);
}

Result<Json> rows_by_query(const app::Running& running, const Request& request) {
  DAYBOOK_TRY(views::View* const view, running.find_view(request.path.at("view")));
  Others others;
  DAYBOOK_TRY(const auto reading, reading_from_query(request, others));
  DAYBOOK_TRY(const auto key, key_from_query(*view, std::move(others)));
  return find_rows(*view, key, reading);
}

Result<Json> query_view(const app::Running& running, const Request& request) {
  DAYBOOK_TRY(views::View* const view, running.find_view(request.path.at("view")));
  Others others;
  DAYBOOK_TRY(auto reading, reading_from_query(request, others));
  if (!others.empty()) return unknown_parameter(others.begin()->first);
  DAYBOOK_TRY(const Json body, parse_object(request.body));
  std::string sql;
  for (const auto& [name, value] : body.items()) {
    if (name == "sql" && value.is_string()) {
      sql = value.get<std::string>();
      continue;
    }
    const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
    DAYBOOK_TRY(const bool known, read_option(name, text, reading));
    if (!known) return unknown_parameter(name);
  }
  if (sql.empty()) return fail(ErrorCode::kInvalid, "\"sql\" is missing in the body");
  DAYBOOK_TRY_VOID(check_bounds(reading));
  auto& reader = view->reader();
  const auto found = reading.as_of
                         ? reader.query_as_of(sql, *reading.as_of, reading.replay, reading.options)
                         : reader.query(sql, reading.options);
  if (!found) return std::unexpected(found.error());
  return to_json(view->spec().name, *found);
}

// ?node=4711&depth=2: what is no option of all reads is the question's.
Result<Json> ask_view(const app::Running& running, const Request& request) {
  DAYBOOK_TRY(views::View* const view, running.find_view(request.path.at("view")));
  Others others;
  DAYBOOK_TRY(const auto reading, reading_from_query(request, others));
  DAYBOOK_TRY_VOID(check_bounds(reading));
  const views::Arguments arguments({others.begin(), others.end()});
  const auto& question = request.path.at("question");
  auto& reader = view->reader();
  const auto found = reading.as_of ? reader.ask_as_of(question, arguments, *reading.as_of,
                                                      reading.replay, reading.options)
                                   : reader.ask(question, arguments, reading.options);
  if (!found) return std::unexpected(found.error());
  return to_json(view->spec().name, *found);
}

// Takes a number out of `values`; `otherwise` if it is not there.
Result<std::int64_t> take_number(Others& values, const std::string& name, std::int64_t max,
                                 std::int64_t otherwise) {
  const auto found = values.find(name);
  if (found == values.end()) return otherwise;
  const std::string text = found->second;
  values.erase(name);
  return whole_number(name, text, 1, max);
}

// The key as for rows.
Result<Json> explain_row(const app::Running& running, const Request& request) {
  DAYBOOK_TRY(views::View* const view, running.find_view(request.path.at("view")));
  Others others;
  DAYBOOK_TRY(auto reading, reading_from_query(request, others));
  if (reading.as_of) return unknown_parameter("as_of");
  DAYBOOK_TRY(const auto listed, take_number(others, "event_limit", views::kMaxListedEvents,
                                             views::kDefaultListedEvents));
  reading.replay.event_limit = static_cast<std::size_t>(listed);
  DAYBOOK_TRY(const auto key, key_from_query(*view, std::move(others)));
  DAYBOOK_TRY(const auto explanation, view->reader().explain(key, reading.replay, reading.options));
  return to_json(view->spec().name, explanation);
}

Json questions_of(const views::View& view) {
  Json questions = Json::array();
  for (const auto& question : view.plan().questions()) {
    Json parameters = Json::array();
    for (const auto& parameter : question.parameters) {
      parameters.push_back({{"name", parameter.name},
                            {"meaning", parameter.meaning},
                            {"required", parameter.is_required},
                            {"repeats", parameter.repeats}});
    }
    questions.push_back({{"name", question.name},
                         {"meaning", question.meaning},
                         {"parameters", std::move(parameters)}});
  }
  return questions;
}

Result<Json> describe_view(const app::Running& running, const Request& request) {
  const std::string& name = request.path.at("view");
  for (const auto& status : running.views()) {
    if (status.name != name) continue;
    Json json = to_json(status);
    // A view that could not be opened has a status, but answers nothing.
    if (const auto view = running.find_view(name)) json["questions"] = questions_of(**view);
    return json;
  }
  DAYBOOK_TRY(const views::View* const view, running.find_view(name));
  return to_json(view->status());
}

Json overview(const app::Running& running) {
  const Status ready = running.ready();
  return {{"app", running.app_name()},
          {"ready", ready.has_value()},
          {"reason", ready ? "" : ready.error().message},
          {"log", to_json(running.log())},
          {"sources", list_of(running.sources())},
          {"processors", list_of(running.processors())},
          {"views", list_of(running.views())}};
}

Response readiness(const app::Running& running) {
  const Status ready = running.ready();
  if (!ready) return error_response(ready.error());
  return answer({{"status", "ready"}});
}

// The handler of an operation that reads a view.
auto reading(const app::Running& running,
             Result<Json> (*read)(const app::Running&, const Request&)) {
  return [&running, read](const Request& request) {
    const Result<Json> json = read(running, request);
    return json ? answer(*json) : error_response(json.error());
  };
}

std::vector<Route> process_routes(const app::Running& running) {
  return {
      {.path = "/health",
       .summary = "Whether the process answers",
       .parameters = {},
       .handle = [](const Request&) { return answer({{"status", "ok"}}); }},
      {.path = "/ready",
       .summary = "Whether the log answers and every part was started; 503 until then",
       .parameters = {},
       .handle = [&running](const Request&) { return readiness(running); }},
      {.path = "/status",
       .summary = "The log, the sources, the processors and the views, each with its state",
       .parameters = {},
       .handle = [&running](const Request&) { return answer(overview(running)); }},
      {.path = "/metrics",
       .summary = "Counters and gauges in the text format of Prometheus",
       .parameters = {},
       .handle =
           [&running](const Request&) {
             return Response{.content_type = "text/plain; version=0.0.4",
                             .body = metrics_text(running)};
           }},
      {.path = "/sources",
       .summary = "The sources and what they have captured",
       .parameters = {},
       .handle = [&running](
                     const Request&) { return answer({{"sources", list_of(running.sources())}}); }},
      {.path = "/processors",
       .summary = "The processors, with their topics, their states, and how many events they "
                  "rejected, late ones among them",
       .parameters = {},
       .handle =
           [&running](const Request&) {
             return answer({{"processors", list_of(running.processors())}});
           }},
  };
}

std::vector<Route> view_routes(const app::Running& running) {
  const Parameter rows{"row_limit", In::kBody, "integer", "1000 by default, at most 100000"};
  const Parameter time{"time_limit_ms", In::kBody, "integer",
                       "5000 by default, at most 60000; with as_of also of the replay, which "
                       "may take 30000 by default"};
  const Parameter rows_in_query{"row_limit", In::kQuery, "integer", rows.meaning};
  const Parameter time_in_query{"time_limit_ms", In::kQuery, "integer", time.meaning};
  const Parameter question{"question", In::kPath, "string", "the question's name", true};
  const Parameter sql{"sql", In::kBody, "string",
                      "a SELECT of SQLite over the table that is named as the view", true};
  const Parameter key{"key", In::kPath, "string",
                      "the values of the key's columns, with commas between", true};
  const Parameter key_parameter{"key", In::kQuery, "string",
                                "a value of the key; repeated, in the order of its columns"};
  const Parameter replay_time{"time_limit_ms", In::kQuery, "integer",
                              "how long to look for them; 30000 by default, at most 60000"};
  return {
      {.path = "/views",
       .summary = "The views, with their columns, positions and states",
       .parameters = {},
       .handle =
           [&running](const Request&) { return answer({{"views", list_of(running.views())}}); }},
      {.path = "/views/{view}",
       .summary = "One view",
       .parameters = {kView},
       .handle = reading(running, describe_view)},
      {.path = "/views/{view}/rows",
       .summary = "The rows of one key, given by its columns' names (?account=1&region=eu) or in "
                  "their order (?key=1&key=eu)",
       .parameters = {kView, key_parameter, kAsOf, kReadLimit, replay_time, kMinPosition, kTimeout},
       .waits = true,
       .handle = reading(running, rows_by_query)},
      {.path = "/views/{view}/rows/{key}",
       .summary = "The rows of one key, and the position that they are the result of",
       .parameters = {kView, key, kAsOf, kReadLimit, replay_time, kMinPosition, kTimeout},
       .waits = true,
       .handle = reading(running, rows_by_path)},
      {.method = Method::kPost,
       .path = "/views/{view}/query",
       .summary = "Rows by SQL, and the position that they are the result of",
       .parameters = {kView, sql, rows, time, kAsOfInBody, kReadLimitInBody, kMinPosition,
                      kTimeout},
       .waits = true,
       .handle = reading(running, query_view)},
      {.path = "/views/{view}/explain",
       .summary = "The events that made the rows of a key, in order, and what the rows were after "
                  "each; the columns of the key are parameters, too, as for rows",
       .parameters = {kView,
                      key_parameter,
                      {"event_limit", In::kQuery, "integer",
                       "events to list at most, the newest; 100 by default, at most 1000"},
                      {"read_limit", In::kQuery, "integer",
                       "events of the topic to go through at most; 10000000 by default"},
                      {"time_limit_ms", In::kQuery, "integer",
                       "how long to look for them; 30000 by default, at most 60000"},
                      kMinPosition,
                      kTimeout},
       .waits = true,
       .handle = reading(running, explain_row)},
      {.path = "/views/{view}/ask/{question}",
       .summary = "One of the questions that a view of its kind answers, with its parameters in "
                  "the query (?node=4711); /views/{view} lists them",
       .parameters = {kView, question, rows_in_query, time_in_query, kAsOf, kReadLimit,
                      kMinPosition, kTimeout},
       .waits = true,
       .handle = reading(running, ask_view)},
  };
}

}  // namespace

std::vector<Route> make_routes(const app::Running& running) {
  std::vector<Route> routes = process_routes(running);
  for (Route& route : view_routes(running)) routes.push_back(std::move(route));
  for (Route& route : version_routes(running)) routes.push_back(std::move(route));
  Route description{.path = "/openapi.json",
                    .summary = "This description of the API",
                    .parameters = {},
                    .handle = {}};
  routes.push_back(description);
  routes.back().handle = [text = openapi_text(routes)](const Request&) {
    return json_response(text);
  };
  return routes;
}

}  // namespace daybook::http

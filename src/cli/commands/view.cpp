// daybook view list, show and query.

#include <optional>

#include "cli/api_command.h"
#include "cli/output.h"
#include "cli/start_point.h"
#include "io/clock.h"

namespace daybook::cli {
namespace {

struct Arguments : ApiArguments {
  std::string name;
  std::vector<std::string> question;  // its name, then NAME=VALUE for its parameters
  std::vector<std::string> key;
  std::string sql;
  std::string min_position;
  std::string as_of;
  std::int64_t timeout_ms = 5'000;
  std::int64_t limit = 1'000;
  std::int64_t read_limit = 10'000'000;
  std::optional<std::int32_t> time_limit_ms;
};

bool is_number_type(const std::string& type) {
  for (const char* prefix : {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT",
                             "DOUBLE", "FLOAT", "DECIMAL"}) {
    if (type.starts_with(prefix)) return true;
  }
  return false;
}

Status list_views(ApiClient& api, const Arguments& arguments) {
  DAYBOOK_TRY(const Json answer, api.get("/views", {}));
  const Json& views = answer.at("views");
  if (arguments.json) {
    write_line(dumped(views));
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& view : views) {
    rows.push_back({field(view, "name"), field(view, "kind"), field(view, "state"),
                    field(view, "version"), field(view, "rows"), lag(view),
                    field(view, "rejected")});
  }
  write(table({{.title = "VIEW"},
               {.title = "KIND"},
               {.title = "STATE"},
               {.title = "VERSION", .align = Align::kRight},
               {.title = "ROWS", .align = Align::kRight},
               {.title = "LAG", .align = Align::kRight},
               {.title = "REJECTED", .align = Align::kRight}},
              rows));
  return {};
}

// Those besides the one that answers; how long one that is built will take.
void print_versions(const Json& view) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& version : view.value("versions", Json::array())) {
    const Json& left = version.at("seconds_left");
    const Json& behind = version.at("lag_events");
    const bool is_behind = behind.is_number() && behind.get<std::int64_t>() > 0;
    rows.push_back({field(version, "version"), field(version, "role"), field(version, "state"),
                    field(version, "rows"), lag(version),
                    std::to_string(static_cast<std::int64_t>(version.value("events_per_s", 0.0))),
                    is_behind && left.is_number()
                        ? std::to_string(static_cast<std::int64_t>(left.get<double>())) + " s"
                        : ""});
  }
  if (rows.size() < 2) return;
  write("\n" + table({{.title = "VERSION", .align = Align::kRight},
                      {.title = "ROLE"},
                      {.title = "STATE"},
                      {.title = "ROWS", .align = Align::kRight},
                      {.title = "LAG", .align = Align::kRight},
                      {.title = "EVENTS/S", .align = Align::kRight},
                      {.title = "LEFT", .align = Align::kRight}},
                     rows));
}

void print_questions(const Json& view) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& question : view.value("questions", Json::array())) {
    std::string parameters;
    for (const Json& parameter : question.at("parameters")) {
      const std::string named = field(parameter, "name") + "=...";
      const bool required = parameter.value("required", false);
      parameters += (parameters.empty() ? "" : " ") + (required ? named : "[" + named + "]");
    }
    rows.push_back({field(question, "name"), parameters, field(question, "meaning")});
  }
  if (rows.empty()) return;
  write("\n" + table({{.title = "QUESTION"}, {.title = "PARAMETERS"}, {.title = "MEANING"}}, rows));
}

Status show_view(ApiClient& api, const Arguments& arguments) {
  DAYBOOK_TRY(const Json view, api.get("/views/" + path_step(arguments.name), {}));
  if (arguments.json) {
    write_line(dumped(view));
    return {};
  }
  std::vector<std::vector<std::string>> facts;
  for (const char* name : {"kind", "state", "detail", "version", "rows", "lag_events",
                           "events_applied", "rejected", "last_error", "position"}) {
    const std::string value = name == std::string("lag_events") ? lag(view) : field(view, name);
    if (!value.empty()) facts.push_back({name, value});
  }
  write(table({{.title = "VIEW"}, {.title = field(view, "name")}}, facts));
  std::vector<std::vector<std::string>> columns;
  for (const Json& column : view.value("columns", Json::array())) {
    columns.push_back(
        {field(column, "name"), field(column, "type"), column.value("key", false) ? "key" : ""});
  }
  if (!columns.empty()) {
    write("\n" + table({{.title = "COLUMN"}, {.title = "TYPE"}, {.title = "KEY"}}, columns));
  }
  print_versions(view);
  print_questions(view);
  return {};
}

void print_rows(const Json& answer) {
  std::vector<TableColumn> columns;
  for (const Json& column : answer.at("columns")) {
    const bool number = is_number_type(field(column, "type"));
    columns.push_back(
        {.title = field(column, "name"), .align = number ? Align::kRight : Align::kLeft});
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : answer.at("rows")) {
    auto& cells = rows.emplace_back();
    for (const TableColumn& column : columns) cells.push_back(field(row, column.title.c_str()));
  }
  write(table(columns, rows));
  const bool truncated = answer.value("truncated", false);
  write_line(dim("(" + counted(static_cast<std::int64_t>(rows.size()), "row") +
                 (truncated ? ", and there are more: --limit" : "") + "; position " +
                 field(answer, "position") + ")"));
}

// A position as it is, a time in milliseconds.
Result<std::string> as_of(const std::string& text) {
  if (text.contains('/')) return text;
  const auto point = parse_start_point(text, io::real_clock().wall());
  const auto* time = point ? std::get_if<TimestampMs>(&*point) : nullptr;
  if (time != nullptr) return std::to_string(time->value);
  return fail(ErrorCode::kInvalid,
              "--as-of \"" + text +
                  "\" is neither a position, such as bank.transfer/0:1200, nor a "
                  "time, such as 2026-11-23T15:04:05Z (UTC) or, for how long ago, -15m");
}

// What every way of reading a view can be told.
Result<QueryParameters> reading(const Arguments& arguments) {
  QueryParameters query = {{"timeout_ms", std::to_string(arguments.timeout_ms)}};
  if (!arguments.min_position.empty()) query.emplace_back("min_position", arguments.min_position);
  if (arguments.time_limit_ms) {
    query.emplace_back("time_limit_ms", std::to_string(*arguments.time_limit_ms));
  }
  if (!arguments.as_of.empty()) {
    DAYBOOK_TRY(auto when, as_of(arguments.as_of));
    query.emplace_back("as_of", std::move(when));
    query.emplace_back("read_limit", std::to_string(arguments.read_limit));
  }
  return query;
}

Result<Json> ask(ApiClient& api, const Arguments& arguments, QueryParameters query) {
  query.emplace_back("row_limit", std::to_string(arguments.limit));
  for (std::size_t i = 1; i < arguments.question.size(); ++i) {
    const std::string& parameter = arguments.question[i];
    const std::size_t equals = parameter.find('=');
    if (equals == std::string::npos) {
      return fail(ErrorCode::kInvalid,
                  "\"" + parameter + "\" is not NAME=VALUE: " + "daybook view show " +
                      arguments.name + " lists the questions and their parameters");
    }
    query.emplace_back(parameter.substr(0, equals), parameter.substr(equals + 1));
  }
  return api.get(
      "/views/" + path_step(arguments.name) + "/ask/" + path_step(arguments.question.front()),
      query);
}

Status query_view(ApiClient& api, const Arguments& arguments) {
  const std::string path = "/views/" + path_step(arguments.name);
  DAYBOOK_TRY(auto query, reading(arguments));
  Json answer;
  if (!arguments.question.empty()) {
    DAYBOOK_TRY(answer, ask(api, arguments, std::move(query)));
  } else if (arguments.sql.empty()) {
    for (const std::string& value : arguments.key) query.emplace_back("key", value);
    DAYBOOK_TRY(answer, api.get(path + "/rows", query));
  } else {
    Json body = {{"sql", arguments.sql}, {"row_limit", arguments.limit}};
    for (const auto& [name, value] : query) body[name] = value;
    DAYBOOK_TRY(answer, api.post(path + "/query", body));
  }
  if (arguments.json) {
    write_line(dumped(answer));
  } else {
    print_rows(answer);
  }
  return {};
}

using Operation = Status (*)(ApiClient&, const Arguments&);

Command add(Command group, const std::shared_ptr<Arguments>& arguments, const char* name,
            const char* about, const char* examples, Operation operation) {
  return add_api_command(
      group, arguments, name, about, examples,
      [arguments, operation](ApiClient& api) { return operation(api, *arguments); });
}

void add_query(Command group, const std::shared_ptr<Arguments>& arguments) {
  Command query = add(group, arguments, "query",
                      "read rows of a view, by key, by SQL or by a question of its kind",
                      "Examples:\n"
                      "  daybook view query balances --key 1017\n"
                      "  daybook view query balances --sql 'SELECT sum(balance) FROM balances'\n"
                      "  daybook view query balances --key 1017 --as-of 2026-11-23T15:04:05Z\n"
                      "  daybook view query balances --as-of -15m --sql 'SELECT count(*) FROM "
                      "balances'\n"
                      "  daybook view query payments neighbours node=4711\n"
                      "  daybook view query balances --key 1017 --min-position "
                      "bank.transfer/0:1200",
                      query_view);
  query.add_option("NAME", arguments->name, "the view").required();
  const Command what = query.exactly_one_of("What to read");
  what.add_option("QUESTION", arguments->question,
                  "a question of the view's kind, and NAME=VALUE for its parameters; `view show` "
                  "lists them");
  what.add_option("--key", arguments->key,
                  "value of the key; repeated, in the key's order, if it has several columns")
      .repeatable();
  what.add_option("--sql", arguments->sql, "a SELECT over the table that is named as the view");
  query.add_option("--min-position", arguments->min_position,
                   "wait until the view has got so far: read your own writes");
  const Option as_of = query.add_option("--as-of", arguments->as_of,
                                        "the answer as it was at an earlier position or time");
  query
      .add_option("--read-limit", arguments->read_limit,
                  "events of the topic to go through for --as-of at most")
      .in_range(1, 1'000'000'000)
      .needs(as_of)
      .show_default();
  query
      .add_option("--time-limit-ms", arguments->time_limit_ms,
                  "how long the question may take (5000), and going through the topic for --as-of "
                  "(30000)")
      .in_range(1, 60'000);
  query.add_option("--timeout-ms", arguments->timeout_ms, "how long to wait for that")
      .in_range(0, 60'000)
      .show_default();
  query.add_option("--limit", arguments->limit, "rows to read at most")
      .in_range(1, 100'000)
      .show_default();
}

}  // namespace

void add_view_commands(Command app) {
  Command group = app.add_group("view", "list, show, query, explain, rebuild and swap views");
  group.footer(
      "Examples:\n"
      "  daybook view list\n"
      "  daybook view show balances\n"
      "  daybook view query balances --key 1017\n"
      "  daybook view explain balances 1017");
  auto arguments = std::make_shared<Arguments>();
  add(group, arguments, "list", "list the views and how far they are",
      "Example:\n  daybook view list --json", list_views);
  add(group, arguments, "show", "show a view's state, position and columns",
      "Example:\n  daybook view show balances", show_view)
      .add_option("NAME", arguments->name, "the view")
      .required();
  add_query(group, arguments);
  add_view_explain_command(group);
  add_view_version_commands(group);
}

}  // namespace daybook::cli

// daybook view list, show and query.

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/api_client.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

struct Arguments {
  std::string server = kDefaultServer;
  bool json = false;
  std::string name;
  std::vector<std::string> key;
  std::string sql;
  std::string min_position;
  std::int64_t timeout_ms = 5'000;
  std::int64_t limit = 1'000;
};

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A JSON value as it stands in a table.
std::string cell(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : dumped(value);
}

std::string field(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? "" : cell(*found);
}

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
    rows.push_back({field(view, "name"), field(view, "state"), field(view, "version"),
                    field(view, "rows"), field(view, "lag_events"), field(view, "rejected")});
  }
  write(table({{.title = "VIEW"},
               {.title = "STATE"},
               {.title = "VERSION", .align = Align::kRight},
               {.title = "ROWS", .align = Align::kRight},
               {.title = "LAG", .align = Align::kRight},
               {.title = "REJECTED", .align = Align::kRight}},
              rows));
  return {};
}

Status show_view(ApiClient& api, const Arguments& arguments) {
  DAYBOOK_TRY(const Json view, api.get("/views/" + path_step(arguments.name), {}));
  if (arguments.json) {
    write_line(dumped(view));
    return {};
  }
  std::vector<std::vector<std::string>> facts;
  for (const char* name : {"state", "detail", "version", "rows", "lag_events", "events_applied",
                           "rejected", "last_error", "position"}) {
    const std::string value = field(view, name);
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

Status query_view(ApiClient& api, const Arguments& arguments) {
  const std::string path = "/views/" + path_step(arguments.name);
  Json answer;
  if (arguments.sql.empty()) {
    QueryParameters query = {{"timeout_ms", std::to_string(arguments.timeout_ms)}};
    for (const std::string& value : arguments.key) query.emplace_back("key", value);
    if (!arguments.min_position.empty()) query.emplace_back("min_position", arguments.min_position);
    DAYBOOK_TRY(answer, api.get(path + "/rows", query));
  } else {
    Json body = {{"sql", arguments.sql},
                 {"row_limit", arguments.limit},
                 {"timeout_ms", arguments.timeout_ms}};
    if (!arguments.min_position.empty()) body["min_position"] = arguments.min_position;
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

int with_api(const Arguments& arguments, Operation operation) {
  ApiClient api(arguments.server);
  try {
    const Status done = operation(api, arguments);
    return done ? kDone : print_failure(done.error());
  } catch (const Json::exception&) {
    return print_failure(arguments.server +
                         " answered JSON that is not Daybook's: is it another "
                         "server, or another version?");
  }
}

CLI::App* add(CLI::App& group, Session& session, std::shared_ptr<Arguments> arguments,
              const char* name, const char* about, const char* examples, Operation operation) {
  CLI::App* command = group.add_subcommand(name, about);
  command->footer(examples);
  command->add_option("--server", arguments->server, "address of Daybook's HTTP API")
      ->type_name("URL")
      ->envname("DAYBOOK_SERVER")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([&session, arguments, operation] {
    session.action = [arguments, operation] { return with_api(*arguments, operation); };
  });
  return command;
}

void add_query(CLI::App& group, Session& session, const std::shared_ptr<Arguments>& arguments) {
  CLI::App* query = add(group, session, arguments, "query", "read rows of a view, by key or by SQL",
                        "Examples:\n"
                        "  daybook view query balances --key 1017\n"
                        "  daybook view query balances --sql 'SELECT sum(balance) FROM balances'\n"
                        "  daybook view query balances --key 1017 --min-position "
                        "bank.transfer/0:1200",
                        query_view);
  query->add_option("NAME", arguments->name, "the view")->required();
  CLI::Option_group* what = query->add_option_group("What to read");
  what->add_option("--key", arguments->key,
                   "value of the key; repeated, in the key's order, if it has several columns")
      ->expected(1)
      ->take_all();
  what->add_option("--sql", arguments->sql, "a SELECT over the table that is named as the view");
  what->require_option(1);
  query->add_option("--min-position", arguments->min_position,
                    "wait until the view has got so far: read your own writes");
  query->add_option("--timeout-ms", arguments->timeout_ms, "how long to wait for that")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  query->add_option("--limit", arguments->limit, "rows to read at most")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

}  // namespace

void add_view_commands(CLI::App& app, Session& session) {
  CLI::App* group = app.add_subcommand("view", "list, show and query views");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  daybook view list\n"
      "  daybook view show balances\n"
      "  daybook view query balances --key 1017");
  auto arguments = std::make_shared<Arguments>();
  add(*group, session, arguments, "list", "list the views and how far they are",
      "Example:\n  daybook view list --json", list_views);
  add(*group, session, arguments, "show", "show a view's state, position and columns",
      "Example:\n  daybook view show balances", show_view)
      ->add_option("NAME", arguments->name, "the view")
      ->required();
  add_query(*group, session, arguments);
}

}  // namespace daybook::cli

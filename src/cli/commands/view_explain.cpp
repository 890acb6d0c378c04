// daybook view explain.

#include <fmt/chrono.h>

#include "cli/api_command.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

struct Arguments : ApiArguments {
  std::string name;
  std::vector<std::string> key;
  std::string min_position;
  std::int64_t timeout_ms = 5'000;
  std::int64_t limit = 100;
  std::int64_t read_limit = 10'000'000;
  std::int64_t time_limit_ms = 30'000;
};

std::string time_text(std::int64_t timestamp_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(timestamp_ms)};
  return fmt::format("{:%FT%T}Z", time);
}

// The rows of the key at one time, a line for each, behind what is said of the time.
void add_lines(const Json& rows, const std::vector<std::string>& names,
               const std::vector<std::string>& event, const std::string& value,
               std::vector<std::vector<std::string>>& lines) {
  const std::size_t count = std::max<std::size_t>(rows.size(), 1);
  for (std::size_t i = 0; i < count; ++i) {
    auto& line = lines.emplace_back(i == 0 ? event : std::vector<std::string>(event.size()));
    for (const std::string& name : names) {
      line.push_back(rows.empty() ? "-" : field(rows[i], name.c_str()));
    }
    line.push_back(i == 0 ? value : "");
  }
}

void print_history(const Json& answer) {
  std::vector<TableColumn> columns = {{.title = "EVENT"}, {.title = "TIME"}};
  std::vector<std::string> names;
  for (const Json& column : answer.at("columns")) {
    if (column.value("key", false)) continue;
    names.push_back(field(column, "name"));
    columns.push_back({.title = names.back()});
  }
  columns.push_back({.title = "VALUE"});
  std::vector<std::vector<std::string>> lines;
  const auto earlier = answer.value("earlier", std::int64_t{0});
  if (earlier > 0) {
    add_lines(answer.at("before"), names, {"(" + counted(earlier, "earlier event") + ")", ""}, "",
              lines);
  }
  for (const Json& event : answer.at("events")) {
    const std::string place =
        field(event, "topic") + "/" + field(event, "partition") + ":" + field(event, "offset");
    const std::string value = event.at("value").is_null() ? "(tombstone)" : field(event, "value");
    add_lines(event.at("rows"), names,
              {place, time_text(event.value("timestamp", std::int64_t{0}))}, value, lines);
  }
  const bool has_changed =
      !answer.at("events").empty() && answer.at("events").back().at("rows") != answer.at("rows");
  if (has_changed) add_lines(answer.at("rows"), names, {"(kept period)", ""}, "", lines);
  write(table(columns, lines));
}

Status explain(ApiClient& api, const Arguments& arguments) {
  QueryParameters query = {{"timeout_ms", std::to_string(arguments.timeout_ms)},
                           {"event_limit", std::to_string(arguments.limit)},
                           {"read_limit", std::to_string(arguments.read_limit)},
                           {"time_limit_ms", std::to_string(arguments.time_limit_ms)}};
  for (const std::string& value : arguments.key) query.emplace_back("key", value);
  if (!arguments.min_position.empty()) query.emplace_back("min_position", arguments.min_position);
  DAYBOOK_TRY(const Json answer,
              api.get("/views/" + path_step(arguments.name) + "/explain", query));
  if (arguments.json) {
    write_line(dumped(answer));
    return {};
  }
  print_history(answer);
  write_line(dim("(" + counted(answer.value("events_read", std::int64_t{0}), "event") +
                 " read; position " + field(answer, "position") + ")"));
  if (!answer.value("complete", false)) {
    write_line(bold("not the whole history: ") + field(answer, "missing"));
  }
  return {};
}

}  // namespace

void add_view_explain_command(Command group) {
  auto arguments = std::make_shared<Arguments>();
  Command command = add_api_command(
      group, arguments, "explain", "show the events that made a row, and what it was after each",
      "Examples:\n"
      "  daybook view explain balances 4711\n"
      "  daybook view explain balances 4711 --limit 1000 --json\n"
      "  daybook view explain balances 4711 --min-position bank.transfer/0:1200",
      [arguments](ApiClient& api) { return explain(api, *arguments); });
  command.add_option("NAME", arguments->name, "the view").required();
  command.add_option("KEY", arguments->key, "the key's value, or one for each of its columns")
      .required();
  command.add_option("--limit", arguments->limit, "events to list at most: the newest")
      .in_range(1, 1'000)
      .show_default();
  command
      .add_option("--read-limit", arguments->read_limit,
                  "events of the topic to go through at most")
      .in_range(1, 1'000'000'000)
      .show_default();
  command.add_option("--time-limit-ms", arguments->time_limit_ms, "how long to look for them")
      .in_range(1, 60'000)
      .show_default();
  command.add_option("--min-position", arguments->min_position,
                     "wait until the view has got so far: read your own writes");
  command.add_option("--timeout-ms", arguments->timeout_ms, "how long to wait for that")
      .in_range(0, 60'000)
      .show_default();
}

}  // namespace daybook::cli

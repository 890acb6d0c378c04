// daybook view rebuild, diff, swap, rollback and drop.

#include "cli/api_command.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

struct Arguments : ApiArguments {
  std::string name;
  std::int64_t samples = 5;
  std::int64_t timeout_ms = 10'000;
  bool force = false;
  double max_difference = 1;
  std::int64_t version = 0;
};

std::string path_to(const Arguments& arguments, const char* what) {
  return "/views/" + path_step(arguments.name) + "/" + what;
}

// The values of a row, with commas between.
std::string row_text(const Json& row) {
  std::string text;
  for (const auto& [name, value] : row.items()) {
    text += (text.empty() ? "" : ", ") + name + "=" + cell(value);
  }
  return text;
}

// Those that one version alone has, by which nothing was compared.
void print_own_columns(const std::string& version, const Json& names) {
  std::string list;
  for (const Json& name : names) list += (list.empty() ? "" : ", ") + cell(name);
  if (!list.empty()) write_line("not compared, as only " + version + " has it: " + list);
}

void print_difference(const Json& difference) {
  const std::string old_version = "VERSION " + field(difference, "old_version");
  const std::string new_version = "VERSION " + field(difference, "new_version");
  write(table({{.title = ""},
               {.title = old_version, .align = Align::kRight},
               {.title = new_version, .align = Align::kRight}},
              {{"rows", field(difference, "old_rows"), field(difference, "new_rows")},
               {"missing", "", field(difference, "missing")},
               {"extra", "", field(difference, "extra")},
               {"changed", "", field(difference, "changed")}}));
  print_own_columns("version " + field(difference, "old_version"),
                    difference.at("only_old_columns"));
  print_own_columns("version " + field(difference, "new_version"),
                    difference.at("only_new_columns"));
  for (const Json& sample : difference.at("samples")) {
    const std::string what = field(sample, "what");
    if (sample.contains("old")) write_line(what + " - " + row_text(sample.at("old")));
    if (sample.contains("new")) write_line(what + " + " + row_text(sample.at("new")));
  }
  write_line(dim("(at position " + field(difference, "position") + ")"));
}

// Prints the answer as JSON, if that was asked for; else `say` does.
template <class Say>
Status print(const Arguments& arguments, const Json& answer, const Say& say) {
  if (arguments.json) {
    write_line(dumped(answer));
  } else {
    say();
  }
  return {};
}

Status rebuild(ApiClient& api, const Arguments& arguments) {
  DAYBOOK_TRY(const Json answer, api.post(path_to(arguments, "rebuild"), Json::object()));
  return print(arguments, answer, [&] {
    write_line("building version " + field(answer, "building") + " of " + arguments.name +
               "; `daybook view show " + arguments.name + "` says how far it is");
  });
}

Status diff(ApiClient& api, const Arguments& arguments) {
  const QueryParameters query = {{"samples", std::to_string(arguments.samples)},
                                 {"timeout_ms", std::to_string(arguments.timeout_ms)}};
  DAYBOOK_TRY(const Json answer, api.get(path_to(arguments, "diff"), query));
  return print(arguments, answer, [&] { print_difference(answer); });
}

Status swap(ApiClient& api, const Arguments& arguments) {
  const Json body = {{"force", arguments.force},
                     {"max_difference_percent", arguments.max_difference},
                     {"timeout_ms", arguments.timeout_ms}};
  DAYBOOK_TRY(const Json answer, api.post(path_to(arguments, "swap"), body));
  return print(arguments, answer, [&] {
    if (answer.contains("difference")) print_difference(answer.at("difference"));
    write_line("version " + field(answer, "version") + " of " + arguments.name +
               " answers; version " + field(answer, "former") + " is kept for a rollback");
  });
}

Status rollback(ApiClient& api, const Arguments& arguments) {
  DAYBOOK_TRY(const Json answer, api.post(path_to(arguments, "rollback"), Json::object()));
  return print(arguments, answer, [&] {
    write_line("version " + field(answer, "version") + " of " + arguments.name + " answers again");
  });
}

Status drop(ApiClient& api, const Arguments& arguments) {
  Json body = Json::object();
  if (arguments.version != 0) body["version"] = arguments.version;
  DAYBOOK_TRY(const Json answer, api.post(path_to(arguments, "drop"), body));
  return print(arguments, answer, [&] {
    write_line("version " + field(answer, "dropped") + " of " + arguments.name + " is gone");
  });
}

Command add(Command group, const std::shared_ptr<Arguments>& arguments, const char* name,
            const char* about, const char* examples,
            Status (*operation)(ApiClient&, const Arguments&)) {
  Command command = add_api_command(
      group, arguments, name, about, examples,
      [arguments, operation](ApiClient& api) { return operation(api, *arguments); });
  command.add_option("NAME", arguments->name, "the view").required();
  return command;
}

void add_timeout(Command command, Arguments& arguments) {
  command
      .add_option("--timeout-ms", arguments.timeout_ms,
                  "how long the version that is behind may take to the position of the other")
      .in_range(0, 60'000)
      .show_default();
}

}  // namespace

void add_view_version_commands(Command group) {
  auto arguments = std::make_shared<Arguments>();
  add(group, arguments, "rebuild",
      "build a version from the first event beside the one that answers",
      "Example:\n  daybook view rebuild balances", rebuild);
  Command difference =
      add(group, arguments, "diff",
          "compare the version that was built with the one that answers, at one position",
          "Example:\n  daybook view diff balances --samples 20", diff);
  difference.add_option("--samples", arguments->samples, "rows to show of each difference")
      .in_range(0, 1'000)
      .show_default();
  add_timeout(difference, *arguments);
  Command exchange = add(group, arguments, "swap",
                         "let the version that was built answer, if it does not differ too much",
                         "Examples:\n  daybook view swap balances\n"
                         "  daybook view swap balances --max-difference 20\n"
                         "  daybook view swap balances --force",
                         swap);
  exchange.add_flag("--force", arguments->force, "however much they differ; without comparing");
  exchange
      .add_option("--max-difference", arguments->max_difference,
                  "percent of the rows that may differ")
      .percentage()
      .show_default();
  add_timeout(exchange, *arguments);
  add(group, arguments, "rollback",
      "let the version that answered before the last swap answer again",
      "Example:\n  daybook view rollback balances", rollback);
  add(group, arguments, "drop", "remove a version that does not answer",
      "Examples:\n  daybook view drop balances\n  daybook view drop balances --version 3", drop)
      .add_option("--version", arguments->version,
                  "which; the one that is being built, or else the former one, by default")
      .in_range(1, 1'000'000'000);
}

}  // namespace daybook::cli

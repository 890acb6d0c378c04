// daybook test.

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/app_file.h"
#include "app/testing/test_run.h"
#include "base/report.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/service.h"
#include "io/file_system.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string path;
  bool json = false;
};

std::string duration(double time_ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f ms", time_ms);
  return text;
}

std::string indented(const std::string& lines) {
  std::string out;
  std::size_t at = 0;
  while (at < lines.size()) {
    const std::size_t end = lines.find('\n', at);
    const std::string line = lines.substr(at, end - at);
    out += "    " + (line.starts_with("- ") ? red(line) : line) + "\n";
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return out;
}

void print(const Arguments& arguments, const std::vector<app::TestOutcome>& outcomes) {
  for (const auto& outcome : outcomes) {
    const bool passed = outcome.difference.empty();
    write_line((passed ? "passed  " : red("FAILED  ")) + outcome.name + " " +
               dim("(" + duration(outcome.duration_ms) + ")"));
    if (passed) continue;
    write_line("    " + dim(app::to_string({outcome.place, "- expected, + came"}, arguments.path)));
    write(indented(outcome.difference));
  }
}

Json to_json(const app::TestOutcome& outcome) {
  return {{"name", outcome.name},
          {"passed", outcome.difference.empty()},
          {"duration_ms", outcome.duration_ms},
          {"line", outcome.place.line},
          {"difference", outcome.difference}};
}

int test(const Arguments& arguments) {
  // That a view starts, and waits for its topic, is no news here.
  set_least_severity(Severity::kError);
  const auto app = app::load_app_file(io::real_file_system(), arguments.path,
                                      app::process_environment(), app::Purpose::kTests);
  if (!app) return print_faults(app.error(), arguments.path);
  if (app->tests.empty()) {
    return print_failure(arguments.path + " has no tests: write some under \"tests\"");
  }
  const auto outcomes = app::run_tests(*app);
  std::int64_t failed = 0;
  Json array = Json::array();
  for (const auto& outcome : outcomes) {
    if (!outcome.difference.empty()) ++failed;
    array.push_back(to_json(outcome));
  }
  const auto count = static_cast<std::int64_t>(outcomes.size());
  if (arguments.json) {
    const Json json = {{"passed", count - failed}, {"failed", failed}, {"tests", array}};
    write_line(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    print(arguments, outcomes);
    write_line(std::to_string(count - failed) + " passed, " + std::to_string(failed) + " failed");
  }
  return failed == 0 ? kDone : kFailed;
}

}  // namespace

void add_test_command(Command app) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      app.add_command("test", "run the tests of an application file: events given, rows expected");
  command.footer(
      "Examples:\n"
      "  daybook test app.yaml\n"
      "  daybook test app.yaml --json\n"
      "\n"
      "Everything happens in memory: it connects to nothing and leaves nothing behind.");
  command.add_option("APP", arguments->path, "the application file").required();
  command.add_flag("--json", arguments->json, "print JSON");
  command.does([arguments] { return test(*arguments); });
}

}  // namespace daybook::cli

// daybook version.

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "version.h"

namespace daybook::cli {
namespace {

int print_version(bool json) {
  const nlohmann::ordered_json facts = {
      {"version", build::kVersion},
      {"commit", build::kCommit},
      {"build", build::kType},
      {"compiler", __VERSION__},
      {"libraries",
       {{"duckdb", build::kDuckdb},
        {"librdkafka", build::kLibrdkafka},
        {"sqlite", build::kSqlite},
        {"libpq", build::kLibpq}}},
  };
  if (json) {
    write_line(facts.dump());
    return kDone;
  }
  write_line("daybook " + std::string(build::kVersion) + " (commit " + build::kCommit + ", " +
             build::kType + " build, " + __VERSION__ + ")");
  for (const auto& [name, version] : facts["libraries"].items()) {
    write_line("  " + name + " " + version.get<std::string>());
  }
  return kDone;
}

}  // namespace

void add_version_command(Command app) {
  auto json = std::make_shared<bool>(false);
  Command command = app.add_command("version", "print the version of this program");
  command.footer("Example:\n  daybook version --json");
  command.add_flag("--json", *json, "print JSON");
  command.does([json] { return print_version(*json); });
}

}  // namespace daybook::cli

// daybook plan.

#include <memory>
#include <nlohmann/json.hpp>

#include "app/app_file.h"
#include "app/change_plan.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/log_connection.h"
#include "cli/output.h"
#include "cli/service.h"
#include "io/file_system.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string path;
  std::string bootstrap;  // empty: what the file says
  std::string state;      // empty: where the file says that `up` keeps it
  bool json = false;
};

// The log that the file names; an embedded one answers where `up` listens by default.
std::string address_of(const app::AppFile& app) {
  std::string addresses;
  if (const auto* kafka = std::get_if<app::KafkaLog>(&app.log)) {
    for (const auto& address : kafka->bootstrap) {
      addresses += (addresses.empty() ? "" : ",") + address;
    }
  }
  return addresses.empty() ? "127.0.0.1:9092" : addresses;
}

std::string state_folder_of(const app::AppFile& app, const Arguments& arguments) {
  if (!arguments.state.empty()) return arguments.state;
  const auto* embedded = std::get_if<app::EmbeddedLog>(&app.log);
  return embedded != nullptr ? embedded->folder : default_state_folder(arguments.path);
}

void print_json(const std::vector<app::Change>& changes) {
  Json array = Json::array();
  for (const auto& change : changes) {
    array.push_back({{"change", app::to_string(change.kind)},
                     {"what", change.what},
                     {"detail", change.detail}});
  }
  write_line(Json{{"changes", array}}.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print(const std::vector<app::Change>& changes) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& change : changes) {
    if (change.kind == app::Change::Kind::kSame) continue;
    rows.push_back({app::to_string(change.kind), change.what, change.detail});
  }
  if (rows.empty()) {
    write_line("nothing would change");
    return;
  }
  write(table({{.title = "CHANGE"}, {.title = "OF"}, {.title = "WHAT"}}, rows));
}

int plan(const Arguments& arguments) {
  const auto app =
      app::load_app_file(io::real_file_system(), arguments.path, app::process_environment());
  if (!app) return print_faults(app.error(), arguments.path);
  const std::string bootstrap =
      arguments.bootstrap.empty() ? address_of(*app) : arguments.bootstrap;
  const auto log = connect_log(bootstrap);
  if (!log) return print_failure(log.error());
  const auto changes =
      app::plan_changes(*app, **log, io::real_file_system(), state_folder_of(*app, arguments));
  if (!changes) return print_failure(changes.error());
  if (arguments.json) {
    print_json(*changes);
  } else {
    print(*changes);
  }
  return kDone;
}

}  // namespace

void add_plan_command(Command app) {
  auto arguments = std::make_shared<Arguments>();
  Command command = app.add_command(
      "plan", "what starting an application file would change of topics, processors and views");
  command.footer(
      "Examples:\n"
      "  daybook plan app.yaml                              on the log that the file names\n"
      "  daybook plan app.yaml --bootstrap broker-1:9092 --state /var/lib/bank\n"
      "\n"
      "It looks, and changes nothing. The log must be running.");
  command.add_option("APP", arguments->path, "the application file").required();
  command
      .add_option("--bootstrap", arguments->bootstrap,
                  "addresses of the log, instead of the file's")
      .type_name("HOST:PORT[,HOST:PORT]...")
      .environment("DAYBOOK_BOOTSTRAP");
  command
      .add_option("--state", arguments->state,
                  "folder of the views, if it is not the file's: --data of up, --state of run")
      .type_name("DIR");
  command.add_flag("--json", arguments->json, "print JSON, with what stays the same as well");
  command.does([arguments] { return plan(*arguments); });
}

}  // namespace daybook::cli

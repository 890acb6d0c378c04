// daybook validate.

#include <memory>
#include <nlohmann/json.hpp>

#include "app/app_file.h"
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

Json faults_to_json(const std::vector<app::Fault>& faults) {
  Json array = Json::array();
  for (const app::Fault& fault : faults) {
    array.push_back(
        {{"line", fault.place.line}, {"column", fault.place.column}, {"message", fault.message}});
  }
  return array;
}

int print_json(const std::string& path, const app::AppFileResult& app) {
  const Json json = {
      {"file", path},
      {"valid", app.has_value()},
      {"faults", app ? Json::array() : faults_to_json(app.error())},
  };
  write_line(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  return app ? kDone : kFailed;
}

int validate(const Arguments& arguments) {
  const auto app =
      app::load_app_file(io::real_file_system(), arguments.path, app::process_environment());
  if (arguments.json) return print_json(arguments.path, app);
  if (!app) return print_faults(app.error(), arguments.path);
  const auto count = [](const auto& parts) { return static_cast<std::int64_t>(parts.size()); };
  write_line(arguments.path + ": valid: app " + app->name + " with " +
             counted(count(app->sources), "source") + ", " + counted(count(app->topics), "topic") +
             ", " + counted(count(app->processors), "processor") + " and " +
             counted(count(app->views), "view"));
  return kDone;
}

}  // namespace

void add_validate_command(Command app) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      app.add_command("validate", "check an application file without starting anything");
  command.footer(
      "Examples:\n"
      "  daybook validate app.yaml\n"
      "  daybook validate app.yaml --json\n"
      "\n"
      "Reports every fault at once, with file, line and column, and connects to nothing.");
  command.add_option("APP", arguments->path, "the application file").required();
  command.add_flag("--json", arguments->json, "print JSON");
  command.does([arguments] { return validate(*arguments); });
}

}  // namespace daybook::cli

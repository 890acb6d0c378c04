#include "cli/api_command.h"

#include "cli/exit_code.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

int with_api(const std::string& server, const ApiOperation& operation) {
  ApiClient api(server);
  try {
    const Status done = operation(api);
    return done ? kDone : print_failure(done.error());
  } catch (const Json::exception&) {
    return print_failure(server +
                         " answered JSON that is not Daybook's: is it another "
                         "server, or another version?");
  }
}

}  // namespace

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string cell(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : dumped(value);
}

std::string field(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? "" : cell(*found);
}

std::string lag(const Json& part) {
  const auto events = field(part, "lag_events");
  return events.empty() ? "unknown" : events;
}

Command add_api_command(Command group, const std::shared_ptr<ApiArguments>& server,
                        const char* name, const char* about, const char* examples,
                        ApiOperation operation) {
  Command command = group.add_command(name, about);
  command.footer(examples);
  command.add_option("--server", server->server, "address of Daybook's HTTP API")
      .type_name("URL")
      .environment("DAYBOOK_SERVER")
      .show_default();
  command.add_flag("--json", server->json, "print JSON");
  command.does(
      [server, operation = std::move(operation)] { return with_api(server->server, operation); });
  return command;
}

}  // namespace daybook::cli

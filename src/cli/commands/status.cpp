// daybook status.

#include "cli/api_command.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

using PartRows = std::vector<std::vector<std::string>>;

// What it waits for or what fails now; otherwise what went wrong last, if anything has.
std::string why(const Json& part) {
  const auto now = field(part, "detail");
  const auto error = field(part, "last_error");
  if (!now.empty() || error.empty()) return now;
  const auto state = field(part, "state");
  const bool is_wrong = state == "waiting" || state == "retrying" || state == "failed";
  return (is_wrong ? "" : "overcome: ") + error;
}

void add_parts(const Json& status, const char* list, const char* what, PartRows& rows) {
  for (const Json& part : status.at(list)) {
    rows.push_back({what, field(part, "name"), field(part, "state"), lag(part),
                    field(part, "rejected"), why(part)});
  }
}

// A source lags behind in bytes of the database's own log.
void add_sources(const Json& status, PartRows& rows) {
  for (const Json& source : status.at("sources")) {
    const auto lag = field(source, "lag_bytes");
    rows.push_back({"source", field(source, "name"), field(source, "state"),
                    lag.empty() ? "" : lag + " B", "", why(source)});
  }
}

void print_log(const Json& status) {
  const auto app = field(status, "app");
  const auto& log = status.at("log");
  const auto error = field(log, "last_error");
  const bool is_ready = status.at("ready").get<bool>();
  write_line(bold(app.empty() ? "daybook" : app) + ": " +
             (is_ready ? "ready" : red("not ready") + ": " + field(status, "reason")));
  write_line("log: " + field(log, "address") +
             (log.at("embedded").get<bool>() ? ", of this process" : "") +
             (error.empty() ? "" : ", " + red(error)));
}

void print_status(const Json& status) {
  print_log(status);
  PartRows rows;
  add_sources(status, rows);
  add_parts(status, "processors", "processor", rows);
  add_parts(status, "views", "view", rows);
  if (rows.empty()) return;
  write("\n" + table({{.title = "PART"},
                      {.title = "NAME"},
                      {.title = "STATE"},
                      {.title = "LAG", .align = Align::kRight},
                      {.title = "REJECTED", .align = Align::kRight},
                      {.title = "WHY"}},
                     rows));
}

}  // namespace

void add_status_command(Command app) {
  auto arguments = std::make_shared<ApiArguments>();
  add_api_command(app, arguments, "status",
                  "whether a server is ready, and what its sources, processors and views do",
                  "Examples:\n"
                  "  daybook status\n"
                  "  daybook status --json | jq '.processors[] | select(.state != \"running\")'\n"
                  "\n"
                  "LAG is in events that are still to be applied; of a source, in bytes of the\n"
                  "database's own log, and unknown until it could be asked for. WHY says what is\n"
                  "waited for or fails, or what had gone wrong and was overcome since.",
                  [arguments](ApiClient& api) -> Status {
                    DAYBOOK_TRY(const Json status, api.get("/status", {}));
                    if (arguments->json) {
                      write_line(dumped(status));
                    } else {
                      print_status(status);
                    }
                    return {};
                  });
}

}  // namespace daybook::cli

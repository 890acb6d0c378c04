#include "cli/service.h"

#include <chrono>
#include <cstdio>

#include "base/report.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "http/server.h"

namespace daybook::cli {
namespace {

constexpr std::chrono::seconds kStopLimit{10};

bool say_where(const app::Supervisor& supervisor, const http::Server* http) {
  const app::LogStatus log = supervisor.log();
  bool said = true;
  if (log.embedded) said = write_line("listening kafka " + log.address);
  if (http != nullptr) said = write_line("listening http " + http->address()) && said;
  return flush_output() && said;
}

}  // namespace

int run_service(app::AppFile app, ServiceOptions options, Interrupt& interrupt) {
  auto supervisor = app::Supervisor::open(std::move(app), options.supervisor);
  if (!supervisor) return print_failure(supervisor.error());
  std::unique_ptr<http::Server> http;
  if (!options.http_listen.empty()) {
    auto started = http::Server::start(**supervisor, options.http_listen);
    if (!started) return print_failure(started.error());
    http = std::move(*started);
  }
  (*supervisor)->launch();
  // Nobody reading the addresses is no reason to stop serving.
  static_cast<void>(say_where(**supervisor, http.get()));
  interrupt.wait();

  // That the parts lose each other while they stop is no news.
  set_least_severity(Severity::kError);
  const Deadline deadline(kStopLimit,
                          "stopping took more than 10 seconds: ended without waiting; "
                          "the next start checks the log");
  // The log first: a slow HTTP client must not keep it from being closed cleanly.
  const Status stopped = (*supervisor)->stop();
  http.reset();
  return stopped ? kDone : print_failure(stopped.error());
}

int print_faults(const std::vector<app::Fault>& faults, const std::string& path) {
  for (const app::Fault& fault : faults) {
    std::fprintf(stderr, "%s\n", app::to_string(fault, path).c_str());
  }
  return print_failure(path + ": " + counted(static_cast<std::int64_t>(faults.size()), "fault"));
}

}  // namespace daybook::cli

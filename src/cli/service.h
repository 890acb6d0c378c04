// A running server in the foreground: what `serve`, `up` and `run` share once they know what to
// run.

#pragma once

#include <string>

#include "app/app_file.h"
#include "app/supervisor.h"

namespace daybook::cli {

class Interrupt;

struct ServiceOptions {
  app::SupervisorOptions supervisor;
  std::string http_listen;  // empty: no HTTP
};

// Starts everything, prints a line per address once it can be connected to ("listening kafka
// 127.0.0.1:9092"), and runs until it is interrupted. The exit status.
int run_service(app::AppFile app, ServiceOptions options, Interrupt& interrupt);

// Where the state of an application is kept whose log is elsewhere, if nothing else is said.
std::string default_state_folder(const std::string& app_path);

// Every fault as "file:line:column: what" on standard error. kFailed.
int print_faults(const std::vector<app::Fault>& faults, const std::string& path);

}  // namespace daybook::cli

// The commands, one file per group in cli/commands/. Each adds its subcommands to the command line,
// with help that teaches by example, and leaves the exit status of the one that ran.

#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace daybook::cli {

class Interrupt;

// What the parsed command line is to do; run after parsing, so that a wrong usage never acts.
struct Session {
  Interrupt& interrupt;
  std::function<int()> action;
};

void add_service_commands(CLI::App& app, Session& session);  // serve, up, run
void add_validate_command(CLI::App& app, Session& session);  // validate
void add_plan_command(CLI::App& app, Session& session);      // plan
void add_test_command(CLI::App& app, Session& session);      // test
void add_topic_commands(CLI::App& app, Session& session);    // topic list|create|describe|delete
void add_produce_command(CLI::App& app, Session& session);   // produce
void add_consume_command(CLI::App& app, Session& session);   // consume
void add_group_commands(CLI::App& app, Session& session);    // group list|describe|reset|delete
void add_view_commands(CLI::App& app, Session& session);     // view list|show|query|rebuild|diff|…
void add_version_command(CLI::App& app, Session& session);   // version

// Parses the command line and does what it says. The exit status.
int run(int argc, const char* const* argv, Interrupt& interrupt);

}  // namespace daybook::cli

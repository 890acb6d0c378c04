// The commands, one file per group in cli/commands/. Each adds itself to the command line, with
// help that teaches by example, and returns the exit status of what it did.

#pragma once

#include "cli/command_line.h"

namespace daybook::cli {

class Interrupt;

void add_service_commands(Command app, Interrupt& interrupt);  // serve, up, run
void add_validate_command(Command app);                        // validate
void add_plan_command(Command app);                            // plan
void add_test_command(Command app);                            // test
void add_topic_commands(Command app, Interrupt& interrupt);    // topic list|create|describe|delete
void add_produce_command(Command app, Interrupt& interrupt);   // produce
void add_consume_command(Command app, Interrupt& interrupt);   // consume
void add_group_commands(Command app);                          // group list|describe|reset|delete
void add_status_command(Command app);                          // status
void add_view_commands(Command app);                           // view list|show|query, and these:
void add_view_explain_command(Command group);                  // explain
void add_view_version_commands(Command group);                 // rebuild|diff|swap|rollback|drop
void add_version_command(Command app);                         // version

// Does what the command line says. The exit status.
int run(int argc, const char* const* argv, Interrupt& interrupt);

}  // namespace daybook::cli

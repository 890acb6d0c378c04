#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

constexpr const char* kAbout =
    "Daybook, the book of original entry for events: an event store that speaks the Kafka\n"
    "protocol, captures databases into topics, and folds topics into views.\n";

constexpr const char* kFirstSteps =
    "First steps:\n"
    "  daybook serve --data ./data                 an empty log on 127.0.0.1:9092\n"
    "  echo hello | daybook produce greetings      write an event\n"
    "  daybook consume greetings -e                read it back\n"
    "  daybook up app.yaml                         the log, and everything the app declares\n"
    "\n"
    "Exit status: 0 done, 1 it failed, 2 wrong usage, 130 interrupted.\n"
    "Every command explains itself: daybook COMMAND --help";

}  // namespace

int run(int argc, const char* const* argv, Interrupt& interrupt) {
  CommandLine line("daybook", kAbout, kFirstSteps);
  const Command app = line.root();
  add_service_commands(app, interrupt);
  add_validate_command(app);
  add_plan_command(app);
  add_test_command(app);
  add_topic_commands(app, interrupt);
  add_produce_command(app, interrupt);
  add_consume_command(app, interrupt);
  add_group_commands(app);
  add_status_command(app);
  add_view_commands(app);
  add_version_command(app);
  const auto parsed = line.parse(argc, argv);
  if (const int* said = std::get_if<int>(&parsed)) return *said;
  const int status = std::get<Action>(parsed)();
  if (!flush_output() && status == kDone) return kFailed;
  return status;
}

}  // namespace daybook::cli

#include <CLI/CLI.hpp>
#include <memory>

#include "base/nearest.h"
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

// The command that was being parsed when something was wrong, as the user typed it.
std::string typed_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return app.get_name();
  return app.get_name() + " " + typed_command(*chosen.front());
}

const CLI::App& chosen_command(const CLI::App& app) {
  const CLI::App* deepest = &app;
  while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
  return *deepest;
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What CLI11 says; or, of a word that is not known, what was likely meant: a misspelt option is
// not to be answered with "--data is required".
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen_command(app);
  const std::vector<std::string> commands = subcommand_names(command);
  for (const std::string& word : command.remaining(true)) {
    if (word.starts_with("--") && word.size() > 2) {
      const std::string name = word.substr(0, word.find('='));
      return "there is no option " + name + did_you_mean(name, option_names(command));
    }
    if (!word.starts_with("-") && !commands.empty()) {
      return "there is no command \"" + word + "\"" + did_you_mean(word, commands);
    }
  }
  return error.what();
}

// CLI11's, with the last line ended.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_footer(const CLI::App* app) const override {
    return CLI::Formatter::make_footer(app) + "\n";
  }
};

}  // namespace

int run(int argc, const char* const* argv, Interrupt& interrupt) {
  CLI::App app(kAbout, "daybook");
  const auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(30);
  app.formatter(formatter);
  app.footer(kFirstSteps);
  app.require_subcommand(1);
  Session session{.interrupt = interrupt, .action = {}};
  add_service_commands(app, session);
  add_validate_command(app, session);
  add_plan_command(app, session);
  add_test_command(app, session);
  add_topic_commands(app, session);
  add_produce_command(app, session);
  add_consume_command(app, session);
  add_group_commands(app, session);
  add_view_commands(app, session);
  add_version_command(app, session);
  if (argc <= 1) {
    std::fputs(app.help().c_str(), stderr);
    return kWrongUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    print_failure(explain(app, error) + "; see " + typed_command(app) + " --help");
    return kWrongUsage;
  }
  const int status = session.action();
  if (!flush_output() && status == kDone) return kFailed;
  return status;
}

}  // namespace daybook::cli

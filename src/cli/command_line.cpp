#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/nearest.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kHelpColumn = 30;

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

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::type_name(const char* name) const {
  option_->type_name(name);
  return *this;
}

Option Option::environment(const char* name) const {
  option_->envname(name);
  return *this;
}

Option Option::show_default() const {
  option_->capture_default_str();
  return *this;
}

Option Option::repeatable() const {
  option_->expected(1)->take_all();
  return *this;
}

Option Option::one_of(std::initializer_list<const char*> values) const {
  option_->check(CLI::IsMember(std::vector<std::string>(values.begin(), values.end())));
  return *this;
}

Option Option::in_range(std::int64_t least, std::int64_t most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::percentage() const {
  option_->check(CLI::Range(0.0, 100.0));
  return *this;
}

Option Option::positive() const {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Option Option::not_negative() const {
  option_->check(CLI::NonNegativeNumber);
  return *this;
}

Option Option::check(Check fault) const {
  option_->check(CLI::Validator(fault, "", "check"));
  return *this;
}

Option Option::excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Command Command::add_command(const char* name, const char* about) const {
  return {command_->add_subcommand(name, about), chosen_};
}

Command Command::add_group(const char* name, const char* about) const {
  CLI::App* group = command_->add_subcommand(name, about);
  group->require_subcommand(1);
  return {group, chosen_};
}

void Command::footer(const char* text) const {
  command_->footer(text);
}

Option Command::add_option(const char* names, std::string& value, const char* about) const {
  return Option(command_->add_option(names, value, about));
}

Option Command::add_option(const char* names, std::int32_t& value, const char* about) const {
  return Option(command_->add_option(names, value, about));
}

Option Command::add_option(const char* names, std::int64_t& value, const char* about) const {
  return Option(command_->add_option(names, value, about));
}

Option Command::add_option(const char* names, double& value, const char* about) const {
  return Option(command_->add_option(names, value, about));
}

Option Command::add_option(const char* names, std::optional<std::string>& value,
                           const char* about) const {
  return Option(command_->add_option(names, value, about));
}

Option Command::add_option(const char* names, std::optional<std::int32_t>& value,
                           const char* about) const {
  return Option(command_->add_option(names, value, about));
}

Option Command::add_option(const char* names, std::vector<std::string>& values,
                           const char* about) const {
  return Option(command_->add_option(names, values, about));
}

Option Command::add_flag(const char* names, bool& value, const char* about) const {
  return Option(command_->add_flag(names, value, about));
}

Command Command::exactly_one_of(const char* title) const {
  CLI::Option_group* group = command_->add_option_group(title, "one of these");
  group->require_option(1);
  return {group, chosen_};
}

Command Command::at_least_one_of(const char* title) const {
  CLI::Option_group* group = command_->add_option_group(title, "at least one of these");
  group->require_option(1, 0);
  return {group, chosen_};
}

void Command::does(Action action, std::function<std::string()> fault) const {
  command_->callback([chosen = chosen_, action = std::move(action), fault = std::move(fault)] {
    const std::string wrong = fault ? fault() : "";
    if (!wrong.empty()) throw CLI::ValidationError(wrong);
    *chosen = action;
  });
}

CommandLine::CommandLine(const char* name, const char* about, const char* footer)
    : app_(std::make_unique<CLI::App>(about, name)) {
  const auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(kHelpColumn);
  app_->formatter(formatter);
  app_->footer(footer);
  app_->require_subcommand(1);
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() {
  return {app_.get(), &chosen_};
}

std::variant<Action, int> CommandLine::parse(int argc, const char* const* argv) {
  if (argc <= 1) {
    std::fputs(app_->help().c_str(), stderr);
    return kWrongUsage;
  }
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& wanted) {
    return app_->exit(wanted);
  } catch (const CLI::ParseError& error) {
    print_failure(explain(*app_, error) + "; see " + typed_command(*app_) + " --help");
    return kWrongUsage;
  }
  return chosen_;
}

}  // namespace daybook::cli

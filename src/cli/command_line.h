// The command line: commands, what each of them takes, and what it does. A narrow port to CLI11,
// whose headers one source alone reads: they cost each that does 20 seconds of compiling.
//
// Lifetimes: Command and Option are handles into the CommandLine that made them. What an option is
// to fill must live until the action has run: actions share the ownership of it.
// Threads: one.

#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace daybook::cli {

// What is wrong with a text; empty: nothing.
using Check = std::string (*)(const std::string&);
// What a command does, once the whole command line is known to be right. The exit status.
using Action = std::function<int()>;

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option required() const;
  Option type_name(const char* name) const;    // of a value, in the help: HOST:PORT
  Option environment(const char* name) const;  // the variable that is used if it is not given
  Option show_default() const;                 // in the help: what it is to fill holds it now
  Option repeatable() const;                   // a value each time that it is given
  Option one_of(std::initializer_list<const char*> values) const;
  Option in_range(std::int64_t least, std::int64_t most) const;
  Option percentage() const;  // from 0 to 100
  Option positive() const;
  Option not_negative() const;
  Option check(Check fault) const;
  Option excludes(Option other) const;
  Option needs(Option other) const;

 private:
  CLI::Option* option_;
};

class Command {
 public:
  Command(CLI::App* command, Action* chosen) : command_(command), chosen_(chosen) {}

  Command add_command(const char* name, const char* about) const;
  // That has commands of its own, one of which must be given.
  Command add_group(const char* name, const char* about) const;
  void footer(const char* text) const;  // of the help: examples

  // `names`: "-p,--partition", or for what is given by its place a word such as "TOPIC".
  Option add_option(const char* names, std::string& value, const char* about) const;
  Option add_option(const char* names, std::int32_t& value, const char* about) const;
  Option add_option(const char* names, std::int64_t& value, const char* about) const;
  Option add_option(const char* names, double& value, const char* about) const;
  Option add_option(const char* names, std::optional<std::string>& value, const char* about) const;
  Option add_option(const char* names, std::optional<std::int32_t>& value, const char* about) const;
  Option add_option(const char* names, std::vector<std::string>& values, const char* about) const;
  Option add_flag(const char* names, bool& value, const char* about) const;

  // Options of which exactly one, or at least one, must be given: they are added to what is
  // returned.
  Command exactly_one_of(const char* title) const;
  Command at_least_one_of(const char* title) const;

  // What it does. `fault` says what is wrong with the values together, if something is.
  void does(Action action, std::function<std::string()> fault = {}) const;

 private:
  CLI::App* command_;
  Action* chosen_;
};

class CommandLine {
 public:
  CommandLine(const char* name, const char* about, const char* footer);
  ~CommandLine();

  Command root();

  // What is to be done; or, if nothing is, the exit status: help was printed, or what is wrong and
  // what was likely meant was said on standard error.
  std::variant<Action, int> parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Action chosen_;
};

}  // namespace daybook::cli

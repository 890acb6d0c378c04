// NAME=VALUE, as the options --config of several commands take it.
//
// Threads: any.

#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace daybook::cli {

CLI::Validator setting_validator();

// Of texts that the validator has passed; the last of a name counts.
std::map<std::string, std::string> settings_of(const std::vector<std::string>& texts);

}  // namespace daybook::cli

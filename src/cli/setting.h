// NAME=VALUE, as the options --config of several commands take it.
//
// Threads: any.

#pragma once

#include <map>
#include <string>
#include <vector>

namespace daybook::cli {

// What is wrong with a text that should be one; empty: nothing.
std::string setting_fault(const std::string& text);

// Of texts in which nothing is wrong; the last of a name counts.
std::map<std::string, std::string> settings_of(const std::vector<std::string>& texts);

}  // namespace daybook::cli

// What is missing and what is too much between the rows that are expected and those that came, as
// lines for people.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace daybook::app {

using Rows = std::vector<nlohmann::ordered_json>;

// Empty if all is as expected. "- row" did not come, "+ row" was not expected, and "  row" stands
// between them. Without `in_order`, rows are compared wherever they are.
std::string difference(const Rows& expected, const Rows& got, bool in_order);

}  // namespace daybook::app

// The kind `search`: rows by key, and a full-text index over some of their fields.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "views/view_kind.h"

namespace daybook::views::search {

struct SearchOptions {
  std::vector<std::string> key = {};
  std::vector<std::string> text = {};    // fields that are searched
  std::vector<double> weights = {};      // of each of them
  std::vector<std::string> facets = {};  // fields that results are narrowed and counted by
  std::string tokens = "unicode";        // unicode, porter or trigram
};

// Checks nothing yet.
std::unique_ptr<ViewPlan> make_search_plan(SearchOptions options);

}  // namespace daybook::views::search

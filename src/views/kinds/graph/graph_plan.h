// The kind `graph`: edges, one per key, each from a node to a node, of a type, with properties. The
// nodes are those that edges have.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "views/view_kind.h"

namespace daybook::views::graph {

struct GraphOptions {
  std::vector<std::string> key = {};
  std::string from = "";  // the paths of an edge's ends
  std::string to = "";
  std::string type = "";                      // a path; or
  std::optional<std::string> type_name = {};  // the same for every edge
  std::vector<std::string> properties = {};
};

// Checks nothing yet.
std::unique_ptr<ViewPlan> make_graph_plan(GraphOptions options);

}  // namespace daybook::views::graph

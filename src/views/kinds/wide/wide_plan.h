// The kind `wide`: rows of cells, each cell at a family, a qualifier and a timestamp, with some of
// its earlier versions: the model of HBase and Bigtable.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "views/view_kind.h"

namespace daybook::views::wide {

inline constexpr std::int64_t kMaxVersions = 1'000;

struct WideColumn {
  std::string family;
  std::string qualifier;
  std::string path;  // of its value in the event
};

struct WideOptions {
  std::string row = "";  // the path of the row key
  std::vector<WideColumn> columns = {};
  std::string timestamp = "";  // the path of the cells' timestamp; empty: the event's own
  std::int64_t versions = 1;   // that are kept of each cell
};

// Checks nothing yet.
std::unique_ptr<ViewPlan> make_wide_plan(WideOptions options);

}  // namespace daybook::views::wide

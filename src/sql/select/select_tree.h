// The user's SELECT taken apart along DuckDB's own parse tree: what is selected, grouped, filtered,
// and everything in it that a fold cannot keep up to date. Included by this room's sources only.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"

namespace daybook::sql {

struct SelectItem {
  // What becomes of it in a SELECT with GROUP BY.
  enum class Role : std::uint8_t { kGroup, kAggregate, kComputed };

  nlohmann::json tree;  // without alias
  std::string name;     // of the output column
  Role role = Role::kComputed;
  std::size_t group = 0;  // kGroup: the GROUP BY expression that it is
};

struct SelectTree {
  std::vector<SelectItem> items;
  std::vector<nlohmann::json> groups;
  nlohmann::json where;   // null if there is none
  nlohmann::json having;  // null if there is none
  std::string from;       // "tx" AS "t", quoted, as written
  bool has_star = false;

  bool is_grouped() const { return !groups.empty(); }
};

// Takes the SQL apart. `columns` are the input's, empty if they are unknown; a star is written out
// if they are known. Adds to `faults` all that speaks against it; nothing is returned if the SQL is
// not even one SELECT.
std::optional<SelectTree> read_select(Engine& engine, const std::string& sql,
                                      const std::string& input,
                                      const std::vector<std::string>& columns,
                                      std::vector<Error>& faults);

}  // namespace daybook::sql

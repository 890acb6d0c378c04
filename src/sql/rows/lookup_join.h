// Writes the rows that are looked up into a SELECT, as a join from the left with the table that
// BatchLookups fills. Used while a plan is made; one thread. Included by this room's sources only.

#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"
#include "sql/rows/row_expression.h"
#include "sql/rows/row_lookup.h"

namespace daybook::sql {

class LookupJoin {
 public:
  // All outlive this. Adds to the faults what is wrong with the expressions.
  LookupJoin(Engine& engine, const std::vector<RowLookup>& lookups, RowExpression& rule,
             std::vector<Error>& faults);

  // Joins to the FROM of a SELECT over an input what its expressions name. Returns the numbers of
  // those lookups.
  std::vector<std::size_t> join(nlohmann::json& select);
  // Whether a star is the row's: `customers.*`.
  bool is_row(const nlohmann::json& star) const;
  // What a star over the joined tables shows beside the input.
  std::vector<std::string> joined_columns(const std::vector<std::size_t>& lookups) const;

  // Of all joins up to now; those that nothing names are not there.
  std::vector<LookupUse> uses() const;

 private:
  void refuse(std::string reason);
  void read_by(std::size_t lookup, const std::string& expression, RowExpression& rule);
  void find_columns(const nlohmann::json& tree, std::size_t lookup, std::set<std::size_t>& columns,
                    bool& is_named);
  void add_column(std::size_t lookup, const std::string& name, std::set<std::size_t>& columns);
  std::string from_sql(std::size_t lookup, const std::set<std::size_t>& columns) const;

  Engine& engine_;
  const std::vector<RowLookup>& lookups_;
  std::vector<Error>& faults_;
  std::vector<std::vector<std::string>> by_;    // of each lookup, as SQL
  std::vector<std::set<std::size_t>> columns_;  // of each lookup, that are used
  std::set<std::size_t> named_;
};

}  // namespace daybook::sql

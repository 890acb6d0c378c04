// The queries that a fold runs over each batch, put together from the user's SELECT: the partial
// query, to which each aggregate adds the columns that it merges from, and the sides. Aggregates
// that need the same column or side share it.
//
// Used while a plan is made; one thread. Included by this room's sources only.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/fold_plan.h"
#include "sql/select/aggregate_call.h"
#include "sql/select/select_tree.h"

namespace daybook::sql {

class PartialQuery {
 public:
  // The tree outlives this. With `retracts`, rows may be taken back.
  static Result<PartialQuery> begin(Engine& engine, const SelectTree& tree, bool retracts);

  // The columns of an aggregate, whose function the fold has. Types are not known yet.
  Result<Aggregate> add(const nlohmann::json& aggregate);

  std::string grouped_sql() const;
  // The latest row per key: `columns` for each row of the batch, then _sign and _order.
  std::string rows_sql(std::vector<std::string> columns) const;
  const std::vector<SideQuery>& sides() const { return sides_; }

 private:
  // What an aggregate's parentheses hold, as SQL.
  struct Call {
    std::string argument;
    std::string filter;
    std::vector<std::string> orders;  // expression, direction, expression, …
    int bound = 0;                    // of a list: as AggregateCall's
    bool from_end = false;
  };

  PartialQuery(Engine& engine, const SelectTree& tree, bool retracts)
      : engine_(&engine), tree_(&tree), retracts_(retracts) {}
  Result<Call> read(const AggregateCall& aggregate) const;
  void add_sum(const Call& call, Aggregate& aggregate);
  void add_chosen(const Call& call, Aggregate& aggregate);
  int add_side(SideQuery::Kind kind, const Call& call);
  std::string values_sql(SideQuery::Kind kind, const Call& call, const std::string& where) const;
  std::string hashes_sql(const Call& call, const std::string& where) const;
  std::string top_sql(const Call& call, const std::string& where) const;
  int add(std::string text);
  std::string count_of(const Call& call) const;
  std::string select(const std::vector<std::string>& columns, const std::string& where) const;

  Engine* engine_;
  const SelectTree* tree_;
  bool retracts_;
  std::string where_;
  std::vector<std::string> groups_;
  std::vector<std::string> selected_;
  std::vector<SideQuery> sides_;
};

}  // namespace daybook::sql

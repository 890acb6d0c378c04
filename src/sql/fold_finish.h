// The last step of a fold: the columns that are made of aggregates, and HAVING, computed by DuckDB
// from what the groups that a batch has touched have become. The rows are written afterwards, so
// that what is stored is what the SELECT shows.
//
// One thread, the engine's.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/engine.h"
#include "sql/fold_plan.h"

namespace daybook::sql {

// The names by which FoldPlan::finish_sql reads the groups.
inline constexpr const char* kFinishTable = "daybook_groups";
inline constexpr const char* kFinishRow = "daybook_row";
std::string finish_group(std::size_t index);
std::string finish_aggregate(std::size_t index);

class FoldFinish {
 public:
  // How many groups are best computed at once.
  static constexpr std::size_t kGroups = 2048;
  // Told the number of a group, counted from the last clear(), and its computed columns.
  using Use = std::function<void(std::size_t group, std::vector<Cell>& computed)>;

  // The engine outlives this.
  static Result<std::unique_ptr<FoldFinish>> prepare(Engine& engine, const FoldPlan& plan);

  const std::vector<ResultColumn>& computed() const { return computed_; }

  void clear();
  // The cells of the next group, one by one: those of GROUP BY, then the aggregates' values. They
  // must not change or move until run() has returned.
  void push(const Cell& cell);
  // Calls `use` with each group that passes HAVING. kInvalid if a value makes the SQL fail.
  Status run(const Use& use);

 private:
  FoldFinish() = default;

  CellTable* table_ = nullptr;
  std::unique_ptr<Statement> statement_;
  std::vector<ResultColumn> computed_;
  std::size_t next_column_ = 0;
  std::vector<Cell> row_;
};

}  // namespace daybook::sql

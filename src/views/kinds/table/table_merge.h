// Merges what a batch gave into the stored rows: each touched group is found by its key, changed,
// and written back once. Runs inside the transaction of the caller; a failure leaves the
// transaction to be rolled back.

#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sql/fold_plan.h"
#include "sql/fold_run.h"
#include "views/kinds/table/aggregate_merge.h"
#include "views/kinds/table/side_store.h"
#include "views/kinds/table/table_rows.h"

namespace daybook::views::table {

class TableMerge {
 public:
  // Where the event behind a value of _order is.
  using PlaceOf = std::function<EventPlace(std::int64_t order)>;

  // All outlive this.
  static Result<std::unique_ptr<TableMerge>> prepare(sqlite::Database& database,
                                                     const sql::FoldPlan& plan,
                                                     const TableLayout& layout);

  Status apply(sql::FoldResult& result, const PlaceOf& place_of);

  // By how many rows the view grew in the last apply().
  std::int64_t growth() const { return rows_.growth(); }

 private:
  using Part = std::vector<sql::Cell>;
  struct Touched {
    Group group;
    std::vector<bool> stale;  // by aggregate: what is shown must be chosen anew by its side
  };
  // By the encoding of the group's key, in the order of GROUP BY.
  using Groups = std::unordered_map<std::string, Touched>;

  TableMerge(const sql::FoldPlan& plan, const TableLayout& layout, TableRows rows)
      : plan_(plan), layout_(layout), rows_(std::move(rows)) {}

  Status apply_groups(sql::Rows& partial, const PlaceOf& place_of);
  Status apply_with_sides(sql::FoldResult& result, const PlaceOf& place_of);
  Status apply_latest(sql::Rows& partial, const PlaceOf& place_of);
  Status apply_side(sql::Rows& rows, std::size_t side, Groups& groups, const PlaceOf& place_of);
  Status merge(const Part& part, const PlaceOf& place_of, Group& group);
  void note_value(std::size_t side, const sql::Cell& value, bool added, Touched& touched);
  Status choose_stale(Touched& touched);
  bool is_gone(const Group& group) const;
  Status finish(Group& group);
  std::string key_of(const Part& part) const;

  const sql::FoldPlan& plan_;
  const TableLayout& layout_;
  TableRows rows_;
  std::vector<SideStore> sides_;
};

}  // namespace daybook::views::table

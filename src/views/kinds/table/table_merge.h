// Merges what a batch gave into the stored rows: each touched group is found by its key, changed,
// and written back once. Runs inside the transaction of the caller; a failure leaves the
// transaction to be rolled back.

#pragma once

#include <functional>
#include <memory>
#include <span>
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

  // All outlive this. A plan with a kept period goes on from the times in daybook_position.
  static Result<std::unique_ptr<TableMerge>> prepare(sqlite::Database& database,
                                                     const sql::FoldPlan& plan,
                                                     const TableLayout& layout,
                                                     std::size_t at_once = kGroupsAtOnce);

  Status apply(sql::FoldResult& result, const PlaceOf& place_of);

  // By how many rows the view grew in the last apply().
  std::int64_t growth() const { return rows_.growth(); }

 private:
  using Part = TableRows::Key;
  struct Touched {
    Group group;
    std::vector<bool> stale;  // by aggregate: what is shown must come anew from its side
  };
  // By the encoding of the group's key, in the order of GROUP BY.
  using Groups = std::unordered_map<std::string, Touched>;

  TableMerge(const sql::FoldPlan& plan, const TableLayout& layout, TableRows rows)
      : plan_(plan), layout_(layout), rows_(std::move(rows)) {}

  Status apply_groups(sql::FoldResult& result, const PlaceOf& place_of);
  Status apply_with_sides(sql::FoldResult& result, const PlaceOf& place_of);
  Status apply_latest(sql::Rows& partial, const PlaceOf& place_of);
  Status apply_side(sql::Rows& rows, std::size_t side, Groups& groups, const PlaceOf& place_of);
  Status take_side_row(const Part& part, std::size_t side, Touched& touched,
                       const PlaceOf& place_of);
  Status merge(const Part& part, const PlaceOf& place_of, Group& group);
  void note_value(std::size_t side, const sql::Cell& value, bool added, Touched& touched);
  void note_spread(std::size_t side, const Part& part, Touched& touched);
  Status note_hash(std::size_t side, const Part& part, Touched& touched);
  Status settle(Touched& touched);
  Status show(std::size_t aggregate, Group& group);
  Status show_list(const sql::Aggregate& aggregate, std::int64_t group, sql::Cell& shown);
  bool is_gone(const Group& group) const;
  Status finish(std::vector<Group*>& groups, sql::FoldFinish* computation);
  Status compute(const std::vector<Group*>& groups, sql::FoldFinish& computation) const;
  Result<std::span<Group* const>> remove_gone(std::vector<Group*>& groups);
  Status forget();
  Status remove_sides(std::int64_t group);
  std::string key_of(const Part& part) const;

  const sql::FoldPlan& plan_;
  const TableLayout& layout_;
  TableRows rows_;
  std::int64_t newest_ms_ = 0;  // the largest time of an event; kept up to date with keep_ms only
  std::vector<std::unique_ptr<SideStore>> sides_;  // nullptr: nothing is stored for it
  std::vector<sql::Cell> listed_;
};

}  // namespace daybook::views::table

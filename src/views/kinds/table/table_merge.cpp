#include "views/kinds/table/table_merge.h"

#include "base/check.h"

namespace daybook::views::table {
namespace {

using sql::AggregateKind;
using sql::Cell;
using sql::FoldPlan;
using sql::kNone;
using sql::SideQuery;

std::int64_t small(const Cell& cell) {
  return static_cast<std::int64_t>(cell.integer);
}

// Calls `use` with each row of the result.
template <class Use>
Status for_each_row(sql::Rows& rows, std::size_t columns, const Use& use) {
  std::vector<Cell> row(columns);
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, rows.next_chunk());
    if (!has_chunk) return {};
    for (std::size_t i = 0; i < rows.row_count(); ++i) {
      for (std::size_t column = 0; column < columns; ++column) rows.read(column, i, row[column]);
      DAYBOOK_TRY_VOID(use(row));
    }
  }
}

std::size_t partial_columns(const FoldPlan& plan) {
  if (plan.mode == FoldPlan::Mode::kLatest) return plan.columns.size() + 2;
  auto count = plan.groups.size() + (plan.retracts ? 1 : 0);
  for (const auto& aggregate : plan.aggregates) {
    for (const int column : {aggregate.value, aggregate.minus, aggregate.count, aggregate.order}) {
      count = std::max(count, static_cast<std::size_t>(column + 1));
    }
  }
  return count;
}

}  // namespace

Result<std::unique_ptr<TableMerge>> TableMerge::prepare(sqlite::Database& database,
                                                        const FoldPlan& plan,
                                                        const TableLayout& layout) {
  DAYBOOK_TRY(auto rows, TableRows::prepare(database, layout));
  std::unique_ptr<TableMerge> merge(new TableMerge(plan, layout, std::move(rows)));
  for (std::size_t i = 0; i < plan.sides.size(); ++i) {
    DAYBOOK_TRY(auto side, SideStore::prepare(database, plan.sides[i], i));
    merge->sides_.push_back(std::move(side));
  }
  return merge;
}

Status TableMerge::apply(sql::FoldResult& result, const PlaceOf& place_of) {
  DAYBOOK_TRY_VOID(rows_.begin());
  if (plan_.mode == FoldPlan::Mode::kLatest) return apply_latest(*result.partial, place_of);
  if (!sides_.empty()) return apply_with_sides(result, place_of);
  return apply_groups(*result.partial, place_of);
}

Status TableMerge::apply_groups(sql::Rows& partial, const PlaceOf& place_of) {
  Group group;
  return for_each_row(partial, partial_columns(plan_), [&](const Part& part) -> Status {
    DAYBOOK_TRY_VOID(rows_.find(part, layout_.group_sources, group));
    DAYBOOK_TRY_VOID(merge(part, place_of, group));
    return finish(group);
  });
}

Status TableMerge::apply_with_sides(sql::FoldResult& result, const PlaceOf& place_of) {
  Groups groups;
  const auto take_up = [&](const Part& part) -> Status {
    auto& touched = groups[key_of(part)];
    touched.stale.assign(plan_.aggregates.size(), false);
    DAYBOOK_TRY_VOID(rows_.find(part, layout_.group_sources, touched.group));
    return merge(part, place_of, touched.group);
  };
  DAYBOOK_TRY_VOID(for_each_row(*result.partial, partial_columns(plan_), take_up));
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    DAYBOOK_TRY_VOID(apply_side(*result.sides[i], i, groups, place_of));
  }
  for (auto& [key, touched] : groups) {
    DAYBOOK_TRY_VOID(choose_stale(touched));
    DAYBOOK_TRY_VOID(finish(touched.group));
  }
  return {};
}

Status TableMerge::apply_side(sql::Rows& rows, std::size_t side, Groups& groups,
                              const PlaceOf& place_of) {
  const auto first = plan_.groups.size();
  const bool values = plan_.sides[side].kind == SideQuery::Kind::kValues;
  return for_each_row(rows, first + (values ? 2 : 4), [&](const Part& part) -> Status {
    const auto found = groups.find(key_of(part));
    DAYBOOK_CHECK(found != groups.end(), "a side's groups are those of the partial query");
    auto& touched = found->second;
    const auto id = touched.group.id;
    if (values) {
      const auto difference = small(part[first + 1]);
      note_value(side, part[first], difference > 0, touched);
      return sides_[side].add_value(id, part[first], difference);
    }
    note_value(side, part[first + 3], false, touched);
    const auto& key = part[first].is_null() ? std::string() : part[first].text;
    if (part[first + 1].integer < 0) return sides_[side].remove_row(id, key);
    return sides_[side].put_row(id, key, place_of(small(part[first + 2])), part[first + 3]);
  });
}

// A value that is added can only push what is shown further; one that is taken back changes it only
// if it is what is shown. Rows of first and last may change either way.
void TableMerge::note_value(std::size_t side, const Cell& value, bool added, Touched& touched) {
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    const auto& aggregate = plan_.aggregates[i];
    if (aggregate.side != static_cast<int>(side)) continue;
    auto& shown = touched.group.row[static_cast<std::size_t>(layout_.aggregates[i].value)];
    const bool by_place =
        aggregate.kind == AggregateKind::kFirst || aggregate.kind == AggregateKind::kLast;
    if (by_place) {
      touched.stale[i] = true;
    } else if (!added) {
      if (shown.is_null() || compare(value, shown) == 0) touched.stale[i] = true;
    } else if (shown.is_null()) {
      shown = value;
    } else {
      const auto order = compare(value, shown);
      if (aggregate.kind == AggregateKind::kMin ? order < 0 : order > 0) shown = value;
    }
  }
}

Status TableMerge::choose_stale(Touched& touched) {
  if (is_gone(touched.group)) return {};
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    if (!touched.stale[i]) continue;
    const auto& aggregate = plan_.aggregates[i];
    const bool lowest =
        aggregate.kind == AggregateKind::kMin || aggregate.kind == AggregateKind::kFirst;
    auto& shown = touched.group.row[static_cast<std::size_t>(layout_.aggregates[i].value)];
    auto& side = sides_[static_cast<std::size_t>(aggregate.side)];
    DAYBOOK_TRY_VOID(side.choose(touched.group.id, lowest, shown));
  }
  return {};
}

Status TableMerge::merge(const Part& part, const PlaceOf& place_of, Group& group) {
  if (layout_.rows != kNone) {
    add_count(group.row[static_cast<std::size_t>(layout_.rows)], part[plan_.groups.size()]);
  }
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    const auto& aggregate = plan_.aggregates[i];
    EventPlace place;
    if (aggregate.order != kNone) {
      const auto& order = part[static_cast<std::size_t>(aggregate.order)];
      if (!order.is_null()) place = place_of(small(order));
    }
    DAYBOOK_TRY_VOID(merge_aggregate(aggregate, layout_.aggregates[i], part, place, group.row));
  }
  return {};
}

bool TableMerge::is_gone(const Group& group) const {
  return layout_.rows != kNone && group.row[static_cast<std::size_t>(layout_.rows)].integer == 0;
}

// Writes the group, or removes it if it has no rows left.
Status TableMerge::finish(Group& group) {
  if (!is_gone(group)) return rows_.write(group);
  for (auto& side : sides_) DAYBOOK_TRY_VOID(side.remove_group(group.id));
  return rows_.remove(group);
}

Status TableMerge::apply_latest(sql::Rows& partial, const PlaceOf& place_of) {
  const auto columns = plan_.columns.size();
  Group group;
  return for_each_row(partial, columns + 2, [&](const Part& part) -> Status {
    DAYBOOK_TRY_VOID(rows_.find(part, layout_.group_sources, group));
    if (part[columns].integer < 0) return rows_.remove(group);
    const auto place = place_of(small(part[columns + 1]));
    const bool is_late =
        group.is_stored && !plan_.retracts && place <= load_place(group.row, layout_.place);
    if (is_late) return {};
    std::copy_n(part.begin(), columns, group.row.begin());
    store_place(group.row, layout_.place, place);
    return rows_.write(group);
  });
}

std::string TableMerge::key_of(const Part& part) const {
  std::string key;
  for (std::size_t i = 0; i < plan_.groups.size(); ++i) append_key(key, part[i]);
  return key;
}

}  // namespace daybook::views::table

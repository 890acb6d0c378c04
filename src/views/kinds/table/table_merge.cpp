#include "views/kinds/table/table_merge.h"

#include <algorithm>

#include "base/check.h"
#include "base/units.h"
#include "sql/rows/cell_json.h"
#include "views/kinds/table/distinct_sketch.h"

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

// Groups without columns to compute.
constexpr std::size_t kTogether = 4 * kGroupsAtOnce;

// Calls `use` with each row of the result, whose cells it may take for others.
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

std::size_t side_columns(const FoldPlan& plan, const SideQuery& side) {
  using Kind = SideQuery::Kind;
  const std::size_t own = side.kind == Kind::kOrderedRows ? 5
                          : side.kind == Kind::kRows      ? 4
                          : side.kind == Kind::kTopRows   ? 3
                          : side.kind == Kind::kHashes    ? 1
                                                          : 2;
  return plan.groups.size() + own;
}

std::size_t partial_columns(const FoldPlan& plan) {
  if (plan.mode == FoldPlan::Mode::kLatest) return plan.columns.size() + 2;
  auto count = plan.groups.size() + (plan.retracts ? 1 : 0);
  for (const auto& aggregate : plan.aggregates) {
    for (const int column :
         {aggregate.value, aggregate.minus, aggregate.count, aggregate.order, aggregate.by}) {
      count = std::max(count, static_cast<std::size_t>(column + 1));
    }
  }
  return count;
}

}  // namespace

Result<std::unique_ptr<TableMerge>> TableMerge::prepare(sqlite::Database& database,
                                                        const FoldPlan& plan,
                                                        const TableLayout& layout,
                                                        std::size_t at_once) {
  DAYBOOK_TRY(auto rows, TableRows::prepare(database, layout, at_once));
  std::unique_ptr<TableMerge> merge(new TableMerge(plan, layout, std::move(rows)));
  if (plan.keep_ms != 0) {
    DAYBOOK_TRY(auto newest, database.prepare("SELECT max(time) FROM daybook_position"));
    DAYBOOK_TRY(const bool has_row, newest.step());
    if (has_row) merge->newest_ms_ = newest.integer(0);
  }
  for (std::size_t i = 0; i < plan.sides.size(); ++i) {
    auto& side = merge->sides_.emplace_back();
    if (!plan.sides[i].is_stored()) continue;
    DAYBOOK_TRY(auto store, SideStore::prepare(database, plan.sides[i], i));
    side = std::make_unique<SideStore>(std::move(store));
  }
  return merge;
}

Status TableMerge::apply(sql::FoldResult& result, const PlaceOf& place_of) {
  DAYBOOK_TRY_VOID(rows_.begin());
  if (plan_.mode == FoldPlan::Mode::kLatest) {
    DAYBOOK_TRY_VOID(apply_latest(*result.partial, place_of));
  } else if (sides_.empty()) {
    DAYBOOK_TRY_VOID(apply_groups(result, place_of));
  } else {
    DAYBOOK_TRY_VOID(apply_with_sides(result, place_of));
  }
  if (plan_.keep_ms == 0) return {};
  newest_ms_ = std::max(newest_ms_, result.newest_ms);
  return forget();
}

// Groups are put together, so that one statement finds or writes many, and one run computes many.
Status TableMerge::apply_groups(sql::FoldResult& result, const PlaceOf& place_of) {
  const std::size_t most = result.finish == nullptr ? kTogether : sql::FoldFinish::kGroups;
  const auto columns = partial_columns(plan_);
  std::vector<Part> parts;
  std::vector<Group> groups;
  std::vector<Group*> merged;
  std::size_t count = 0;
  const auto merge_all = [&]() -> Status {
    groups.resize(parts.size());
    DAYBOOK_TRY_VOID(rows_.find(std::span(parts).first(count), layout_.group_sources, groups));
    for (std::size_t i = 0; i < count; ++i) {
      DAYBOOK_TRY_VOID(merge(parts[i], place_of, groups[i]));
      merged.push_back(&groups[i]);
    }
    count = 0;
    return finish(merged, result.finish);
  };
  const auto take_up = [&](Part& part) -> Status {
    if (count == parts.size()) parts.emplace_back(columns);
    std::swap(parts[count++], part);
    return count < most ? Status() : merge_all();
  };
  DAYBOOK_TRY_VOID(for_each_row(*result.partial, columns, take_up));
  return merge_all();
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
  std::vector<Group*> merged;
  for (auto& [key, touched] : groups) {
    DAYBOOK_TRY_VOID(settle(touched));
    merged.push_back(&touched.group);
    if (merged.size() == sql::FoldFinish::kGroups) DAYBOOK_TRY_VOID(finish(merged, result.finish));
  }
  return finish(merged, result.finish);
}

Status TableMerge::apply_side(sql::Rows& rows, std::size_t side, Groups& groups,
                              const PlaceOf& place_of) {
  return for_each_row(rows, side_columns(plan_, plan_.sides[side]), [&](const Part& part) {
    const auto found = groups.find(key_of(part));
    DAYBOOK_CHECK(found != groups.end(), "a side's groups are those of the partial query");
    return take_side_row(part, side, found->second, place_of);
  });
}

Status TableMerge::take_side_row(const Part& part, std::size_t side, Touched& touched,
                                 const PlaceOf& place_of) {
  const auto kind = plan_.sides[side].kind;
  const auto first = plan_.groups.size();
  const auto id = touched.group.id;
  if (kind == SideQuery::Kind::kSpread) {
    note_spread(side, part, touched);
    return {};
  }
  if (kind == SideQuery::Kind::kHashes) return note_hash(side, part, touched);
  if (kind == SideQuery::Kind::kValues) {
    const auto difference = small(part[first + 1]);
    note_value(side, part[first], difference > 0, touched);
    return sides_[side]->add_value(id, part[first], difference);
  }
  note_value(side, part[first + plan_.sides[side].value_column()], false, touched);
  if (kind == SideQuery::Kind::kTopRows) {
    return sides_[side]->put_top(id, part[first].text, place_of(small(part[first + 1])),
                                 part[first + 2]);
  }
  const auto& key = part[first].is_null() ? std::string() : part[first].text;
  if (part[first + 1].integer < 0) return sides_[side]->remove_row(id, key);
  const auto& by = kind == SideQuery::Kind::kOrderedRows ? part[first + 4].text : std::string();
  return sides_[side]->put_row(id, key, by, place_of(small(part[first + 2])), part[first + 3]);
}

void TableMerge::note_spread(std::size_t side, const Part& part, Touched& touched) {
  const auto& value = part[plan_.groups.size()];
  const auto times = small(part[plan_.groups.size() + 1]);
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    if (plan_.aggregates[i].side != static_cast<int>(side)) continue;
    merge_spread(layout_.aggregates[i], value.real, times, touched.group.row);
    touched.stale[i] = true;
  }
}

// What is stored is looked at once in a batch.
Status TableMerge::note_hash(std::size_t side, const Part& part, Touched& touched) {
  const auto hash = static_cast<std::uint64_t>(part[plan_.groups.size()].integer);
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    if (plan_.aggregates[i].side != static_cast<int>(side)) continue;
    auto& sketch = touched.group.row[static_cast<std::size_t>(layout_.aggregates[i].sketch)];
    if (sketch.is_null()) {
      sketch.set_text(empty_sketch());
    } else if (!touched.stale[i] && !is_sketch(sketch.text)) {
      return fail(ErrorCode::kCorrupt,
                  "a sketch of approx_count_distinct is none: rebuild the view");
    }
    add_hash(sketch.text, hash);
    touched.stale[i] = true;
  }
  return {};
}

// A value that is added can only push what is shown further; one that is taken back changes it only
// if it is what is shown. Rows of first and last may change either way.
void TableMerge::note_value(std::size_t side, const Cell& value, bool added, Touched& touched) {
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    const auto& aggregate = plan_.aggregates[i];
    if (aggregate.side != static_cast<int>(side)) continue;
    auto& shown = touched.group.row[static_cast<std::size_t>(layout_.aggregates[i].value)];
    if (sql::is_chosen(aggregate.kind)) {
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

// Brings up to date what is shown of the sides.
Status TableMerge::settle(Touched& touched) {
  if (is_gone(touched.group)) return {};
  for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
    if (touched.stale[i]) {
      DAYBOOK_TRY_VOID(show(i, touched.group));
    } else if (plan_.aggregates[i].kind == AggregateKind::kDistinct) {
      auto& shown = touched.group.row[static_cast<std::size_t>(layout_.aggregates[i].value)];
      if (shown.is_null()) shown.set_integer(0);  // a group that had none yet
    }
  }
  return {};
}

Status TableMerge::show(std::size_t index, Group& group) {
  const auto& aggregate = plan_.aggregates[index];
  const auto& stored = layout_.aggregates[index];
  auto& shown = group.row[static_cast<std::size_t>(stored.value)];
  if (sql::is_spread(aggregate.kind)) {
    show_spread(aggregate, stored, group.row);
    return {};
  }
  if (aggregate.kind == AggregateKind::kDistinct) {
    shown.set_integer(estimate(group.row[static_cast<std::size_t>(stored.sketch)].text));
    return {};
  }
  if (aggregate.kind == AggregateKind::kList) return show_list(aggregate, group.id, shown);
  const bool lowest =
      aggregate.kind == AggregateKind::kMin || aggregate.kind == AggregateKind::kFirst;
  return sides_[static_cast<std::size_t>(aggregate.side)]->choose(group.id, lowest, shown);
}

// As JSON; NULL if it is empty, as DuckDB's lists are.
Status TableMerge::show_list(const sql::Aggregate& aggregate, std::int64_t group, Cell& shown) {
  const auto index = static_cast<std::size_t>(aggregate.side);
  auto& side = *sides_[index];
  if (plan_.sides[index].kind == SideQuery::Kind::kTopRows) DAYBOOK_TRY_VOID(side.trim(group));
  DAYBOOK_TRY_VOID(side.choose(group, !aggregate.from_end, aggregate.bound, listed_));
  if (listed_.empty()) {
    shown.set_null();
    return {};
  }
  if (aggregate.from_end) std::ranges::reverse(listed_);
  std::string text;
  for (const auto& cell : listed_) {
    text += text.empty() ? '[' : ',';
    sql::append_json(cell, aggregate.state_type, text);
  }
  shown.set_text(text + ']');
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

// Computes what is made of aggregates, and writes the groups, which are then done with.
Status TableMerge::finish(std::vector<Group*>& groups, sql::FoldFinish* computation) {
  if (computation != nullptr) DAYBOOK_TRY_VOID(compute(groups, *computation));
  DAYBOOK_TRY(const auto stay, remove_gone(groups));
  DAYBOOK_TRY_VOID(rows_.write(stay));
  groups.clear();
  return {};
}

// A group without rows shows nothing, so nothing is computed from it.
Status TableMerge::compute(const std::vector<Group*>& groups, sql::FoldFinish& computation) const {
  computation.clear();
  std::vector<Group*> counted;
  for (auto* group : groups) {
    auto& row = group->row;
    for (const int column : layout_.computed) row[static_cast<std::size_t>(column)].set_null();
    if (layout_.passes != kNone) row[static_cast<std::size_t>(layout_.passes)].set_integer(0);
    if (layout_.rows != kNone && small(row[static_cast<std::size_t>(layout_.rows)]) <= 0) continue;
    for (const int column : layout_.inputs) computation.push(row[static_cast<std::size_t>(column)]);
    counted.push_back(group);
  }
  if (counted.empty()) return {};
  return computation.run([&](std::size_t number, std::vector<Cell>& computed) {
    auto& row = counted[number]->row;
    for (std::size_t i = 0; i < computed.size(); ++i) {
      row[static_cast<std::size_t>(layout_.computed[i])] = computed[i];
    }
    if (layout_.passes != kNone) row[static_cast<std::size_t>(layout_.passes)].set_integer(1);
  });
}

// Removes the groups that have no rows left. The others come first, in their order.
Result<std::span<Group* const>> TableMerge::remove_gone(std::vector<Group*>& groups) {
  std::size_t stay = 0;
  for (auto* group : groups) {
    if (!is_gone(*group)) {
      groups[stay++] = group;
      continue;
    }
    DAYBOOK_TRY_VOID(remove_sides(group->id));
    DAYBOOK_TRY_VOID(rows_.remove(*group));
  }
  return std::span<Group* const>(groups).first(stay);
}

Status TableMerge::remove_sides(std::int64_t group) {
  for (auto& side : sides_) {
    if (side != nullptr) DAYBOOK_TRY_VOID(side->remove_group(group));
  }
  return {};
}

// The newest event of all partitions is a matter of the position alone, and only grows: a group
// that is too old once stays so, and what a late event makes of it is removed with that event. So
// what is shown at a position does not depend on how the log was read up to it.
Status TableMerge::forget() {
  constexpr std::int64_t kMsPerDay = 86'400'000;
  const auto oldest_ms = newest_ms_ - plan_.keep_ms;
  if (oldest_ms <= 0) return {};
  sql::Cell oldest;
  switch (layout_.columns[static_cast<std::size_t>(layout_.age)].type.id) {
    case sql::TypeId::kDate:
      oldest.set_integer((oldest_ms + kMsPerDay - 1) / kMsPerDay);
      break;
    case sql::TypeId::kBigint:  // the time of the latest row's event
      oldest.set_integer(oldest_ms);
      break;
    default:
      oldest.set_integer(oldest_ms * kMicrosPerMs);
  }
  return rows_.remove_older(oldest, [this](std::int64_t id) { return remove_sides(id); });
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

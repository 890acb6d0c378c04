#include "views/kinds/table/table_layout.h"

#include <algorithm>

#include "base/check.h"
#include "views/cell_storage.h"
#include "views/sqlite/database.h"

namespace daybook::views::table {
namespace {

using sql::AggregateKind;
using sql::ColumnType;
using sql::FoldPlan;
using sql::TypeId;
using sqlite::quoted;

class LayoutMaker {
 public:
  LayoutMaker(const FoldPlan& plan, std::string view) : plan_(plan) {
    layout_.view = std::move(view);
  }

  TableLayout make() {
    using Source = sql::FoldColumn::Source;
    layout_.aggregates.resize(plan_.aggregates.size());
    layout_.inputs.assign(plan_.groups.size(), sql::kNone);
    for (const auto& column : plan_.columns) {
      const int index = add(column.name, column.type, false);
      layout_.shown.push_back(index);
      if (column.source == Source::kAggregate) layout_.aggregates[column.index].value = index;
      if (column.source == Source::kGroup) layout_.inputs[column.index] = index;
      if (column.source == Source::kComputed) layout_.computed.push_back(index);
    }
    add_groups();
    for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) add_hidden(i);
    if (plan_.mode == FoldPlan::Mode::kLatest) {
      layout_.place = add_place("place");
    } else if (plan_.retracts) {
      layout_.rows = add("rows", {TypeId::kBigint}, true);
    }
    if (plan_.has_having) layout_.passes = add("passes", {TypeId::kBoolean}, true);
    if (plan_.keep_ms != 0) {
      layout_.age =
          plan_.mode == FoldPlan::Mode::kLatest ? layout_.place : layout_.inputs[plan_.time_group];
    }
    return std::move(layout_);
  }

 private:
  int add(const std::string& name, ColumnType type, bool is_hidden) {
    layout_.columns.push_back({is_hidden ? kHiddenPrefix + name : name, type, is_hidden});
    return static_cast<int>(layout_.columns.size()) - 1;
  }

  int add_place(const std::string& name) {
    const int first = add(name + "_time", {TypeId::kBigint}, true);
    add(name + "_partition", {TypeId::kBigint}, true);
    add(name + "_offset", {TypeId::kBigint}, true);
    return first;
  }

  void add_groups() {
    const auto add_group = [&](std::size_t column) {
      const auto index = static_cast<int>(column);
      if (std::ranges::find(layout_.groups, index) != layout_.groups.end()) return;
      layout_.groups.push_back(index);
      layout_.group_sources.push_back(static_cast<int>(plan_.columns[column].index));
    };
    for (const auto& name : plan_.key) {
      const auto found = std::ranges::find(plan_.columns, name, &sql::FoldColumn::name);
      DAYBOOK_CHECK(found != plan_.columns.end(), "the planner checks the key");
      add_group(static_cast<std::size_t>(found - plan_.columns.begin()));
    }
    if (plan_.mode == FoldPlan::Mode::kLatest) return;
    for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
      if (plan_.columns[i].source == sql::FoldColumn::Source::kGroup) add_group(i);
    }
  }

  void add_hidden(std::size_t index) {
    const auto& aggregate = plan_.aggregates[index];
    auto& stored = layout_.aggregates[index];
    const auto prefix = std::to_string(index) + "_";
    if (stored.value == sql::kNone) stored.value = add(prefix + "value", aggregate.type, true);
    layout_.inputs.push_back(stored.value);
    if (sql::is_spread(aggregate.kind)) return add_spread(prefix, stored);
    if (aggregate.kind == AggregateKind::kDistinct) {
      stored.sketch = add(prefix + "sketch", {TypeId::kVarchar}, true);
      return;
    }
    const bool is_avg = aggregate.kind == AggregateKind::kAvg;
    if (is_avg) stored.sum = add(prefix + "sum", aggregate.state_type, true);
    if ((is_avg || aggregate.kind == AggregateKind::kSum) && aggregate.state_type.is_real()) {
      stored.low = add(prefix + "low", {TypeId::kDouble}, true);
    }
    if (aggregate.count != sql::kNone)
      stored.count = add(prefix + "count", {TypeId::kBigint}, true);
    if (aggregate.by != sql::kNone) stored.by = add(prefix + "by", {TypeId::kVarchar}, true);
    if (aggregate.order != sql::kNone) stored.place = add_place(prefix + "place");
  }

  void add_spread(const std::string& prefix, StoredAggregate& stored) {
    stored.count = add(prefix + "count", {TypeId::kBigint}, true);
    stored.sum = add(prefix + "sum", {TypeId::kDouble}, true);
    stored.low = add(prefix + "low", {TypeId::kDouble}, true);
    stored.origin = add(prefix + "origin", {TypeId::kDouble}, true);
    stored.square = add(prefix + "square", {TypeId::kDouble}, true);
    add(prefix + "square_low", {TypeId::kDouble}, true);
  }

  const FoldPlan& plan_;
  TableLayout layout_;
};

std::string side_sql(const sql::SideQuery& side, std::size_t index) {
  const auto name = side_table(index);
  if (!side.is_stored()) return "";
  // The values' column is undeclared, so that each keeps the form in which it sorts.
  if (side.kind == sql::SideQuery::Kind::kValues) {
    return "CREATE TABLE " + name +
           " (id INTEGER, value, count INTEGER, PRIMARY KEY (id, value)) WITHOUT ROWID;";
  }
  if (side.kind == sql::SideQuery::Kind::kTopRows) {
    return "CREATE TABLE " + name +
           " (id INTEGER, sort TEXT, time INTEGER, partition INTEGER, offset INTEGER, value, "
           "PRIMARY KEY (id, sort, time, partition, offset)) WITHOUT ROWID;";
  }
  const bool is_ordered = side.kind == sql::SideQuery::Kind::kOrderedRows;
  return "CREATE TABLE " + name + " (id INTEGER, key TEXT, " + (is_ordered ? "sort TEXT, " : "") +
         "time INTEGER, partition INTEGER, offset INTEGER, value, "
         "PRIMARY KEY (id, key)) WITHOUT ROWID;"
         "CREATE INDEX " +
         name + "_order ON " + name + " (id, " + (is_ordered ? "sort, " : "") +
         "time, partition, offset);";
}

std::string all_columns_sql(const std::vector<StoredColumn>& columns) {
  std::string sql = "daybook_id";
  for (const auto& column : columns) sql += ", " + quoted(column.name);
  return sql;
}

// The parameters of one row.
std::string row_sql(std::size_t parameters) {
  std::string sql = "(?";
  for (std::size_t i = 1; i < parameters; ++i) sql += ", ?";
  return sql + ")";
}

}  // namespace

std::string side_table(std::size_t side) {
  return "daybook_side_" + std::to_string(side);
}

std::string TableLayout::create_sql(const FoldPlan& plan) const {
  std::string sql = "CREATE TABLE daybook_rows (daybook_id INTEGER PRIMARY KEY";
  for (const auto& column : columns) {
    sql += ", " + quoted(column.name) + " " + declared_type(column.type);
  }
  sql += ");CREATE UNIQUE INDEX daybook_key ON daybook_rows (";
  for (std::size_t i = 0; i < groups.size(); ++i) {
    sql += (i == 0 ? "" : ", ") + quoted(columns[static_cast<std::size_t>(groups[i])].name);
  }
  sql += ");";
  if (age != sql::kNone) {
    sql += "CREATE INDEX daybook_age ON daybook_rows (" +
           quoted(columns[static_cast<std::size_t>(age)].name) + ");";
  }
  sql += "CREATE VIEW " + quoted(view) + " AS SELECT ";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    sql += (i == 0 ? "" : ", ") + quoted(columns[static_cast<std::size_t>(shown[i])].name);
  }
  sql += " FROM daybook_rows";
  if (rows != sql::kNone || passes != sql::kNone) sql += " WHERE " + is_shown_sql();
  sql += ";";
  for (std::size_t i = 0; i < plan.sides.size(); ++i) sql += side_sql(plan.sides[i], i);
  return sql;
}

std::string TableLayout::is_shown_sql() const {
  const std::string has_rows = rows == sql::kNone ? "" : "daybook_rows > 0";
  if (passes == sql::kNone) return has_rows.empty() ? "1" : has_rows;
  return has_rows + (has_rows.empty() ? "" : " AND ") + "daybook_passes";
}

std::string TableLayout::find_sql() const {
  auto sql = "SELECT " + all_columns_sql(columns) + " FROM daybook_rows WHERE ";
  for (std::size_t i = 0; i < groups.size(); ++i) {
    sql += (i == 0 ? "" : " AND ") + quoted(columns[static_cast<std::size_t>(groups[i])].name) +
           " IS ?";
  }
  return sql;
}

std::string TableLayout::find_by_id_sql() const {
  return "SELECT " + all_columns_sql(columns) + " FROM daybook_rows WHERE daybook_id = ?";
}

// CROSS JOIN: SQLite goes through the groups in this order.
std::string TableLayout::find_many_sql(std::size_t count, bool by_id) const {
  std::string values;
  for (std::size_t i = 0; i < count; ++i) {
    values += (i == 0 ? "(" : ", (") + std::to_string(i);
    for (std::size_t part = 0; part < (by_id ? 1 : groups.size()); ++part) values += ", ?";
    values += ")";
  }
  auto sql = "SELECT daybook_sought.column1, " + all_columns_sql(columns) + " FROM (VALUES " +
             values + ") daybook_sought CROSS JOIN daybook_rows ON ";
  if (by_id) return sql + "daybook_id = daybook_sought.column2";
  for (std::size_t i = 0; i < groups.size(); ++i) {
    sql += (i == 0 ? "" : " AND ") + quoted(columns[static_cast<std::size_t>(groups[i])].name) +
           " IS daybook_sought.column" + std::to_string(i + 2);
  }
  return sql;
}

std::string TableLayout::insert_sql() const {
  return "INSERT INTO daybook_rows VALUES " + row_sql(columns.size() + 1);
}

// OR FAIL: otherwise SQLite copies every page that the statement changes, to be able to undo it.
std::string TableLayout::write_many_sql(std::size_t count) const {
  std::string sql = "INSERT OR FAIL INTO daybook_rows VALUES ";
  for (std::size_t i = 0; i < count; ++i) sql += (i == 0 ? "" : ", ") + row_sql(columns.size() + 1);
  std::string changes;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (is_group(i)) continue;
    const auto name = quoted(columns[i].name);
    changes += (changes.empty() ? "" : ", ") + name + " = excluded." + name;
  }
  return sql + " ON CONFLICT (daybook_id) DO " +
         (changes.empty() ? "NOTHING" : "UPDATE SET " + changes);
}

// A column of the key that is set, even to what it was, costs taking it out of the index and
// putting it in again.
std::string TableLayout::update_sql() const {
  std::string sql = "UPDATE daybook_rows SET ";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (is_group(i)) continue;
    sql += (sql.ends_with("SET ") ? "" : ", ") + quoted(columns[i].name) + " = ?";
  }
  return sql + " WHERE daybook_id = ?";
}

bool TableLayout::is_group(std::size_t column) const {
  return std::ranges::find(groups, static_cast<int>(column)) != groups.end();
}

bool TableLayout::has_counted_key() const {
  return groups.size() == 1 && columns[static_cast<std::size_t>(groups[0])].type.is_integral();
}

TableLayout make_layout(const FoldPlan& plan, std::string view) {
  return LayoutMaker(plan, std::move(view)).make();
}

}  // namespace daybook::views::table

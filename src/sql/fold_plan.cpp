#include "sql/fold_plan.h"

#include <algorithm>

#include "sql/fold_finish.h"
#include "sql/select/aggregate_call.h"
#include "sql/select/expression_tree.h"
#include "sql/select/partial_query.h"
#include "sql/select/select_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

constexpr int kFingerprintVersion = 1;

Faults only(Error error) {
  Faults faults;
  faults.push_back(std::move(error));
  return faults;
}

Error invalid(std::string message) {
  return {ErrorCode::kInvalid, std::move(message)};
}

const SelectItem* find_item(const SelectTree& tree, const std::string& name) {
  const auto found = std::ranges::find_if(
      tree.items, [&](const SelectItem& item) { return same_name(item.name, name); });
  return found == tree.items.end() ? nullptr : &*found;
}

void check_key(const SelectTree& tree, const std::vector<std::string>& key, Faults& faults) {
  if (key.empty()) faults.push_back(invalid("a table view needs a key"));
  for (const auto& name : key) {
    const auto* item = find_item(tree, name);
    if (item == nullptr) {
      if (tree.has_star && tree.items.empty()) continue;  // the columns are not known
      std::string names;
      for (const auto& other : tree.items) names += (names.empty() ? "" : ", ") + other.name;
      faults.push_back(invalid("key " + name + " is not selected; the columns are " + names));
    } else if (tree.is_grouped() && item->role != SelectItem::Role::kGroup) {
      faults.push_back(invalid("key " + name + " must be in GROUP BY"));
    }
  }
}

class Planner {
 public:
  Planner(Engine& engine, const SelectTree& tree, const InputSchema& schema)
      : engine_(engine), tree_(tree), schema_(schema) {}

  Result<FoldPlan> plan(const std::vector<std::string>& key, std::int64_t keep_ms) {
    plan_.retracts = schema_.is_change;
    plan_.keep_ms = keep_ms;
    for (const auto& name : key) plan_.key.push_back(find_item(tree_, name)->name);
    DAYBOOK_TRY(auto query, PartialQuery::begin(engine_, tree_, plan_.retracts));
    DAYBOOK_TRY_VOID(tree_.is_grouped() ? plan_groups(query) : plan_latest(query));
    DAYBOOK_TRY_VOID(plan_touches(query));
    finish_fingerprint();
    return std::move(plan_);
  }

 private:
  Status plan_latest(const PartialQuery& query) {
    plan_.mode = FoldPlan::Mode::kLatest;
    std::vector<std::string> texts;
    for (const auto& item : tree_.items) {
      DAYBOOK_TRY(auto text, expression_text(engine_, item.tree));
      texts.push_back(std::move(text));
    }
    plan_.partial_sql = query.rows_sql(std::move(texts));
    DAYBOOK_TRY(const auto partial, engine_.prepare(plan_.partial_sql));
    add_inputs(*partial);
    for (std::size_t i = 0; i < tree_.items.size(); ++i) {
      plan_.columns.push_back(
          {tree_.items[i].name, partial->columns()[i].type, FoldColumn::Source::kRow, i});
    }
    return check_latest_key();
  }

  Status plan_groups(PartialQuery& query) {
    for (const auto& item : tree_.items) {
      if (item.role == SelectItem::Role::kAggregate)
        DAYBOOK_TRY_VOID(add_aggregate(query, item.tree));
    }
    DAYBOOK_TRY_VOID(compose_finish(query));
    plan_.partial_sql = query.grouped_sql();
    plan_.sides = query.sides();
    DAYBOOK_TRY_VOID(read_aggregate_types());
    DAYBOOK_TRY(const auto partial, engine_.prepare(plan_.partial_sql));
    add_inputs(*partial);
    DAYBOOK_TRY_VOID(read_partial_types(partial->columns()));
    compose_finish_sql();
    if (plan_.keep_ms != 0) DAYBOOK_TRY_VOID(find_time_group());
    return add_columns();
  }

  // Whether a group is forgotten must not depend on how partitions were read beside each other. A
  // group that has a time of its own is forgotten for good; one without could come back, with or
  // without what it had, as the batches would have it.
  Status find_time_group() {
    std::size_t found = 0;
    for (std::size_t i = 0; i < plan_.groups.size(); ++i) {
      const auto id = plan_.groups[i].id;
      if (id != TypeId::kDate && id != TypeId::kTimestamp && id != TypeId::kTimestampTz) continue;
      plan_.time_group = i;
      ++found;
    }
    if (found == 1) return {};
    return fail(ErrorCode::kInvalid,
                found == 0
                    ? "keep needs a time in GROUP BY, such as date_trunc('day', _timestamp): "
                      "groups are forgotten by it"
                    : "keep cannot tell by which of the times in GROUP BY groups are "
                      "forgotten: cast the others to VARCHAR");
  }

  Status plan_touches(const PartialQuery& query) {
    std::vector<std::string> texts;
    for (const auto& name : plan_.key) {
      const auto& item = *find_item(tree_, name);
      DAYBOOK_TRY(auto text, expression_text(engine_, tree_.is_grouped() ? tree_.groups[item.group]
                                                                         : item.tree));
      texts.push_back(std::move(text));
    }
    plan_.touches_sql = query.rows_sql(std::move(texts));
    return {};
  }

  Status add_aggregate(PartialQuery& query, const json& tree) {
    DAYBOOK_TRY(auto aggregate, query.add(tree));
    plan_.aggregates.push_back(aggregate);
    aggregate_trees_.push_back(stripped(tree));
    return {};
  }

  // The computed columns and HAVING, with the names of daybook_groups for groups and aggregates.
  Status compose_finish(PartialQuery& query) {
    for (std::size_t i = 0; i < tree_.items.size(); ++i) {
      if (tree_.items[i].role != SelectItem::Role::kComputed) continue;
      DAYBOOK_TRY(const auto text, finish_text(query, tree_.items[i].tree));
      finish_columns_ += ", " + text + " AS daybook_" + std::to_string(i);
    }
    if (!tree_.having.is_null()) {
      DAYBOOK_TRY(const auto text, finish_text(query, tree_.having));
      finish_where_ = " WHERE " + text;
      plan_.has_having = true;
    }
    return {};
  }

  // Lists are stored as JSON, and computed with as what they are.
  void compose_finish_sql() {
    if (finish_columns_.empty() && !plan_.has_having) return;
    std::string lists;
    for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
      const auto& aggregate = plan_.aggregates[i];
      if (aggregate.kind != AggregateKind::kList) continue;
      const auto name = finish_aggregate(i);
      lists += (lists.empty() ? "" : ", ") + ("CAST(" + name + " AS ") +
               to_text(aggregate.state_type) + "[]) AS " + name;
    }
    const std::string table = kFinishTable;
    plan_.finish_sql =
        "SELECT " + std::string(kFinishRow) + finish_columns_ + " FROM " +
        (lists.empty() ? table : "(SELECT * REPLACE (" + lists + ") FROM " + table + ")") +
        finish_where_;
  }

  Result<std::string> finish_text(PartialQuery& query, const json& tree) {
    Status status;
    const auto named = replaced(tree, [&](const json& part) -> json {
      const auto same = stripped(part);
      for (std::size_t i = 0; i < tree_.groups.size(); ++i) {
        if (stripped(tree_.groups[i]) == same) return column_reference(finish_group(i));
      }
      if (!is_aggregate(engine_, part)) return nullptr;
      auto found = std::ranges::find(aggregate_trees_, same) - aggregate_trees_.begin();
      const bool is_new = found == std::ssize(aggregate_trees_);
      if (is_new && status) status = add_aggregate(query, part);
      return column_reference(finish_aggregate(static_cast<std::size_t>(found)));
    });
    if (!status) return std::unexpected(std::move(status.error()));
    return expression_text(engine_, named);
  }

  // What DuckDB says of the aggregates as the user wrote them, and of the elements of lists, which
  // are shown as JSON.
  Status read_aggregate_types() {
    if (plan_.aggregates.empty()) return {};
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
      DAYBOOK_TRY(const auto text, expression_text(engine_, aggregate_trees_[i]));
      DAYBOOK_TRY(const auto typed, plan_.aggregates[i].kind == AggregateKind::kList
                                        ? element_text(aggregate_trees_[i])
                                        : Result<std::string>(text));
      sql += (i == 0 ? "" : ", ") + typed + " AS " + quoted_name(text);
    }
    DAYBOOK_TRY(const auto statement, engine_.prepare(sql + " FROM " + tree_.from));
    for (std::size_t i = 0; i < plan_.aggregates.size(); ++i) {
      auto& aggregate = plan_.aggregates[i];
      const auto& column = statement->columns()[i];
      aggregate.type = aggregate.state_type = column.type;
      if (aggregate.kind == AggregateKind::kList) aggregate.type = {TypeId::kJson};
      if (aggregate.kind != AggregateKind::kAvg || column.type.id == TypeId::kDouble) continue;
      return fail(ErrorCode::kInvalid, column.name + " gives a " + to_text(column.type) +
                                           ", and only avg of numbers can be folded");
    }
    return {};
  }

  Result<std::string> element_text(const json& list) {
    DAYBOOK_TRY(const auto aggregate, read_aggregate(list));
    DAYBOOK_TRY(const auto value, expression_text(engine_, aggregate.call["children"][0]));
    return "first(" + value + ")";
  }

  Status read_partial_types(const std::vector<ResultColumn>& partial) {
    for (std::size_t i = 0; i < tree_.groups.size(); ++i) plan_.groups.push_back(partial[i].type);
    for (auto& side : plan_.sides) {
      DAYBOOK_TRY(const auto statement, engine_.prepare(side.sql));
      side.type = statement->columns()[plan_.groups.size() + side.value_column()].type;
      add_inputs(*statement);
    }
    for (auto& aggregate : plan_.aggregates) {
      if (aggregate.kind != AggregateKind::kSum && aggregate.kind != AggregateKind::kAvg) continue;
      aggregate.state_type = partial[static_cast<std::size_t>(aggregate.value)].type;
    }
    return {};
  }

  Status add_columns() {
    std::vector<ResultColumn> computed;
    if (!plan_.finish_sql.empty()) {
      DAYBOOK_TRY(const auto finish, FoldFinish::prepare(engine_, plan_));
      computed = finish->computed();
    }
    std::size_t next_aggregate = 0;
    std::size_t next_computed = 0;
    for (const auto& item : tree_.items) {
      using Source = FoldColumn::Source;
      if (item.role == SelectItem::Role::kGroup) {
        plan_.columns.push_back({item.name, plan_.groups[item.group], Source::kGroup, item.group});
      } else if (item.role == SelectItem::Role::kAggregate) {
        const auto index = next_aggregate++;
        plan_.columns.push_back(
            {item.name, plan_.aggregates[index].type, Source::kAggregate, index});
      } else {
        const auto index = next_computed++;
        plan_.columns.push_back({item.name, computed[index].type, Source::kComputed, index});
      }
    }
    return {};
  }

  // Over changes without GROUP BY, rows are told apart by the key alone, so the key must hold the
  // table's own.
  Status check_latest_key() const {
    if (!plan_.retracts) return {};
    for (const auto& column : schema_.columns) {
      if (!column.is_key) continue;
      const bool is_there = std::ranges::any_of(plan_.key, [&](const std::string& name) {
        const auto& item = *find_item(tree_, name);
        return item.tree["class"] == "COLUMN_REF" &&
               same_name(item.tree["column_names"].back().get<std::string>(), column.name);
      });
      if (!is_there) {
        return fail(ErrorCode::kInvalid,
                    "the key must contain " + column.name +
                        ", the key of the captured table, or "
                        "several of its rows would share one row of the view; to keep one row per "
                        "another key write GROUP BY with last(...)");
      }
    }
    return {};
  }

  // Only the columns that are read: a new one at the source does not change the view.
  void add_inputs(const Statement& statement) {
    const auto visible = visible_columns(schema_);
    for (const auto index : statement.input_columns()) {
      auto text = visible[index].name + " " + to_text(visible[index].type);
      if (std::ranges::find(inputs_, text) == inputs_.end()) inputs_.push_back(std::move(text));
    }
  }

  void finish_fingerprint() {
    std::ranges::sort(inputs_);
    json text;
    text["version"] = kFingerprintVersion;
    text["topic"] = schema_.topic;
    text["changes"] = schema_.is_change;
    text["inputs"] = inputs_;
    text["partial"] = plan_.partial_sql;
    for (const auto& side : plan_.sides) text["sides"].push_back(side.sql);
    if (!plan_.finish_sql.empty()) text["finish"] = plan_.finish_sql;
    if (plan_.keep_ms != 0) text["keep"] = plan_.keep_ms;
    text["key"] = plan_.key;
    for (const auto& column : plan_.columns) {
      text["columns"].push_back(column.name + " " + to_text(column.type));
    }
    for (const auto& aggregate : plan_.aggregates) {
      text["aggregates"].push_back(static_cast<int>(aggregate.kind));
      if (aggregate.kind != AggregateKind::kList) continue;
      text["lists"].push_back(aggregate.from_end ? -aggregate.bound : aggregate.bound);
    }
    plan_.fingerprint = text.dump();
  }

  Engine& engine_;
  const SelectTree& tree_;
  const InputSchema& schema_;
  FoldPlan plan_;
  std::vector<json> aggregate_trees_;  // as plan_.aggregates
  std::string finish_columns_;
  std::string finish_where_;
  std::vector<std::string> inputs_;
};

}  // namespace

std::expected<FoldPlan, Faults> plan_fold(Engine& engine, const std::string& sql,
                                          const std::string& input, const InputSchema& schema,
                                          const std::vector<std::string>& key,
                                          std::int64_t keep_ms) {
  std::vector<std::string> columns;
  for (const auto& column : schema.columns) columns.push_back(column.name);
  Faults faults;
  const auto tree = read_select(engine, sql, input, columns, faults);
  if (tree) check_key(*tree, key, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  // First as the user wrote it, so that what DuckDB says against it is about the user's text.
  if (auto typed = engine.prepare(sql); !typed && typed.error().code == ErrorCode::kInvalid) {
    return std::unexpected(only(std::move(typed.error())));
  }
  auto plan = Planner(engine, *tree, schema).plan(key, keep_ms);
  if (!plan) return std::unexpected(only(std::move(plan.error())));
  return std::move(*plan);
}

Faults check_fold(Engine& engine, const std::string& sql, const std::string& input,
                  const std::vector<std::string>& key) {
  Faults faults;
  const auto tree = read_select(engine, sql, input, {}, faults);
  if (tree) check_key(*tree, key, faults);
  return faults;
}

}  // namespace daybook::sql

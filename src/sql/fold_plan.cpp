#include "sql/fold_plan.h"

#include <algorithm>
#include <cctype>

#include "sql/select_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

constexpr int kFingerprintVersion = 1;

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

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
    } else if (tree.is_grouped() && !item->group) {
      faults.push_back(invalid("key " + name + " must be in GROUP BY"));
    }
  }
}

// Puts the pieces of SQL text together; the first failure stays.
class Planner {
 public:
  Planner(Engine& engine, const SelectTree& tree, const InputSchema& schema)
      : engine_(engine), tree_(tree), schema_(schema) {}

  Result<FoldPlan> plan(const std::vector<std::string>& key) {
    plan_.retracts = schema_.is_change;
    for (const auto& name : key) plan_.key.push_back(find_item(tree_, name)->name);
    DAYBOOK_TRY_VOID(compose());
    DAYBOOK_TRY(const auto partial, engine_.prepare(plan_.partial_sql));
    read_types(partial->columns());
    add_inputs(*partial);
    for (auto& side : plan_.sides) {
      DAYBOOK_TRY(const auto statement, engine_.prepare(side.sql));
      const auto value = plan_.groups.size() + (side.kind == SideQuery::Kind::kRows ? 3 : 0);
      side.type = statement->columns()[value].type;
      add_inputs(*statement);
    }
    for (auto& aggregate : plan_.aggregates) {
      if (aggregate.side != kNone) {
        aggregate.state_type = plan_.sides[static_cast<std::size_t>(aggregate.side)].type;
      }
    }
    DAYBOOK_TRY_VOID(add_columns());
    finish_fingerprint();
    return std::move(plan_);
  }

 private:
  Status compose() {
    if (!tree_.where.is_null()) {
      DAYBOOK_TRY(where_, expression_text(engine_, tree_.where));
    }
    if (!tree_.is_grouped()) return compose_latest();
    for (const auto& group : tree_.groups) {
      DAYBOOK_TRY(auto text, expression_text(engine_, group));
      groups_.push_back(std::move(text));
    }
    selected_ = groups_;
    if (plan_.retracts) selected_.push_back("sum(_sign)");
    for (const auto& item : tree_.items) {
      if (item.is_aggregate) DAYBOOK_TRY_VOID(add_aggregate(item));
    }
    plan_.partial_sql =
        select(selected_, where_) + group_by(groups_.size()) + order_by(groups_.size());
    return {};
  }

  Status compose_latest() {
    plan_.mode = FoldPlan::Mode::kLatest;
    for (const auto& item : tree_.items) {
      DAYBOOK_TRY(auto text, expression_text(engine_, item.tree));
      selected_.push_back(std::move(text));
    }
    selected_.emplace_back("_sign");
    selected_.emplace_back("_order");
    plan_.partial_sql = select(selected_, where_) + " ORDER BY _order";
    return {};
  }

  Status add_aggregate(const SelectItem& item) {
    const auto& tree = item.tree;
    const std::string function = tree["function_name"];
    std::string argument;
    if (!tree["children"].empty()) {
      DAYBOOK_TRY(argument, expression_text(engine_, tree["children"][0]));
    }
    filter_.clear();
    if (!tree["filter"].is_null()) {
      DAYBOOK_TRY(filter_, expression_text(engine_, tree["filter"]));
    }
    Aggregate aggregate;
    if (function == "count" || function == "count_star") {
      aggregate.value = add(count_of(argument));
    } else if (function == "sum" || function == "avg" || function == "mean") {
      aggregate.kind = function == "sum" ? AggregateKind::kSum : AggregateKind::kAvg;
      add_sum(aggregate, argument);
    } else {
      aggregate.kind = function == "min"     ? AggregateKind::kMin
                       : function == "max"   ? AggregateKind::kMax
                       : function == "first" ? AggregateKind::kFirst
                                             : AggregateKind::kLast;
      if (plan_.retracts) {
        aggregate.side = add_side(aggregate.kind, argument);
      } else {
        add_chosen(aggregate, function, argument);
      }
    }
    plan_.aggregates.push_back(aggregate);
    return {};
  }

  void add_sum(Aggregate& aggregate, const std::string& argument) {
    if (plan_.retracts) {
      aggregate.value = add("sum(" + argument + ")" + filtered("_sign > 0"));
      aggregate.minus = add("sum(" + argument + ")" + filtered("_sign < 0"));
    } else {
      aggregate.value = add("sum(" + argument + ")" + filtered(""));
    }
    if (plan_.retracts || aggregate.kind == AggregateKind::kAvg) {
      aggregate.count = add(count_of(argument));
    }
  }

  void add_chosen(Aggregate& aggregate, const std::string& function, const std::string& argument) {
    if (aggregate.kind == AggregateKind::kMin || aggregate.kind == AggregateKind::kMax) {
      aggregate.value = add(function + "(" + argument + ")" + filtered(""));
      return;
    }
    const std::string end = aggregate.kind == AggregateKind::kFirst ? "min" : "max";
    aggregate.value = add("arg_" + end + "_null(" + argument + ", _order)" + filtered(""));
    aggregate.order = add(end + "(_order)" + filtered(""));
  }

  // min and max of one argument share their values, first and last their rows.
  int add_side(AggregateKind kind, const std::string& argument) {
    SideQuery side;
    auto where = both(where_, filter_);
    auto columns = groups_;
    if (kind == AggregateKind::kMin || kind == AggregateKind::kMax) {
      columns.push_back(argument);
      columns.emplace_back("sum(_sign)");
      where = both(where, "(" + argument + ") IS NOT NULL");
      side.sql = select(columns, where) + group_by(groups_.size() + 1) + " HAVING sum(_sign) <> 0" +
                 order_by(groups_.size() + 1);
    } else {
      side.kind = SideQuery::Kind::kRows;
      for (const auto* name : {"_key", "_sign", "_order"}) columns.emplace_back(name);
      columns.push_back(argument);
      side.sql = select(columns, where) + " ORDER BY _order";
    }
    const auto found = std::ranges::find(plan_.sides, side.sql, &SideQuery::sql);
    if (found != plan_.sides.end()) return static_cast<int>(found - plan_.sides.begin());
    plan_.sides.push_back(std::move(side));
    return static_cast<int>(plan_.sides.size()) - 1;
  }

  // How many rows count, as a difference over changes.
  std::string count_of(const std::string& argument) const {
    if (!plan_.retracts) return "count(" + (argument.empty() ? "*" : argument) + ")" + filtered("");
    const auto not_null = argument.empty() ? "" : "(" + argument + ") IS NOT NULL";
    return "coalesce(sum(_sign)" + filtered(not_null) + ", 0)";
  }

  std::string filtered(const std::string& condition) const {
    const auto all = both(filter_, condition);
    return all.empty() ? "" : " FILTER (WHERE " + all + ")";
  }

  static std::string both(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return a + b;
    return "(" + a + ") AND (" + b + ")";
  }

  int add(std::string text) {
    const auto found = std::ranges::find(selected_, text);
    if (found != selected_.end()) return static_cast<int>(found - selected_.begin());
    selected_.push_back(std::move(text));
    return static_cast<int>(selected_.size()) - 1;
  }

  std::string select(const std::vector<std::string>& columns, const std::string& where) const {
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      sql += (i == 0 ? "" : ", ") + columns[i] + " AS daybook_" + std::to_string(i);
    }
    sql += " FROM " + tree_.from;
    if (!where.empty()) sql += " WHERE " + where;
    return sql;
  }

  static std::string places(std::size_t columns) {
    std::string sql = "1";
    for (std::size_t i = 2; i <= columns; ++i) sql += ", " + std::to_string(i);
    return sql;
  }
  static std::string group_by(std::size_t columns) { return " GROUP BY " + places(columns); }
  // Groups that lie beside each other in the view's index are merged one after the other.
  static std::string order_by(std::size_t columns) { return " ORDER BY " + places(columns); }

  void read_types(const std::vector<ResultColumn>& columns) {
    types_ = columns;
    for (std::size_t i = 0; i < groups_.size(); ++i) plan_.groups.push_back(columns[i].type);
    for (auto& aggregate : plan_.aggregates) {
      if (aggregate.value != kNone) {
        aggregate.state_type = columns[static_cast<std::size_t>(aggregate.value)].type;
      }
    }
  }

  Status add_columns() {
    std::size_t next_aggregate = 0;
    for (std::size_t i = 0; i < tree_.items.size(); ++i) {
      const auto& item = tree_.items[i];
      FoldColumn column{item.name, {}, item.group.has_value(), i};
      if (plan_.mode == FoldPlan::Mode::kLatest) {
        column.type = types_[i].type;
      } else if (item.group) {
        column.index = *item.group;
        column.type = plan_.groups[*item.group];
      } else {
        column.index = next_aggregate;
        column.type = output_type(plan_.aggregates[next_aggregate++]);
      }
      plan_.columns.push_back(std::move(column));
    }
    return check_latest_key();
  }

  static ColumnType output_type(const Aggregate& aggregate) {
    if (aggregate.kind == AggregateKind::kCount) return {TypeId::kBigint};
    if (aggregate.kind == AggregateKind::kAvg) return {TypeId::kDouble};
    return aggregate.state_type;
  }

  // Over changes without GROUP BY, rows are told apart by the key alone, so the key must hold the
  // table's own.
  Status check_latest_key() const {
    if (plan_.mode != FoldPlan::Mode::kLatest || !plan_.retracts) return {};
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
    text["key"] = plan_.key;
    for (const auto& column : plan_.columns) {
      text["columns"].push_back(column.name + " " + to_text(column.type));
    }
    for (const auto& aggregate : plan_.aggregates) {
      text["aggregates"].push_back(static_cast<int>(aggregate.kind));
    }
    plan_.fingerprint = text.dump();
  }

  Engine& engine_;
  const SelectTree& tree_;
  const InputSchema& schema_;
  FoldPlan plan_;
  std::string where_;
  std::string filter_;  // of the aggregate that is being added
  std::vector<std::string> groups_;
  std::vector<std::string> selected_;
  std::vector<std::string> inputs_;
  std::vector<ResultColumn> types_;
};

}  // namespace

std::expected<FoldPlan, Faults> plan_fold(Engine& engine, const std::string& sql,
                                          const std::string& input, const InputSchema& schema,
                                          const std::vector<std::string>& key) {
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
  auto plan = Planner(engine, *tree, schema).plan(key);
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

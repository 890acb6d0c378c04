#include "sql/select/partial_query.h"

#include <algorithm>

#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

using nlohmann::json;

// Beyond this the squares of what a standard deviation is over, or their sum, leave DOUBLE.
constexpr const char* kLargestSpread = "1e150";

std::string both(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a + b;
  return "(" + a + ") AND (" + b + ")";
}

std::string filtered(const std::string& filter, const std::string& condition = "") {
  const auto all = both(filter, condition);
  return all.empty() ? "" : " FILTER (WHERE " + all + ")";
}

std::string not_null(const std::string& expression) {
  return "(" + expression + ") IS NOT NULL";
}

std::string places(std::size_t columns) {
  std::string sql = "1";
  for (std::size_t i = 2; i <= columns; ++i) sql += ", " + std::to_string(i);
  return sql;
}

// Bytes that sort as the expressions do, whatever their types.
std::string sort_key(const std::vector<std::string>& orders, const std::string& last = "") {
  std::string sql = "create_sort_key(";
  for (std::size_t i = 0; i < orders.size(); i += 2) {
    sql += (i == 0 ? "" : ", ") + orders[i] + ", '" + orders[i + 1] + "'";
  }
  return sql + last + ")";
}

std::unexpected<Error> refuse_sketch(const std::string& name) {
  return fail(ErrorCode::kInvalid,
              name +
                  " cannot be folded over a captured table: its sketch cannot take a row back. "
                  "Make a view grouped by the value as well and count its rows when you query");
}

SideQuery::Kind rows_kind(const std::vector<std::string>& orders) {
  return orders.empty() ? SideQuery::Kind::kRows : SideQuery::Kind::kOrderedRows;
}

std::string direction_of(const json& order) {
  const bool is_down = order["type"].get<std::string>().starts_with("DESC");
  const bool nulls_first = order["null_order"].get<std::string>().ends_with("FIRST");
  return std::string(is_down ? "DESC" : "ASC") + (nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

}  // namespace

Result<PartialQuery> PartialQuery::begin(Engine& engine, const SelectTree& tree, bool retracts) {
  PartialQuery query(engine, tree, retracts);
  if (!tree.where.is_null()) {
    DAYBOOK_TRY(query.where_, expression_text(engine, tree.where));
  }
  for (const auto& group : tree.groups) {
    DAYBOOK_TRY(auto text, expression_text(engine, group));
    query.groups_.push_back(std::move(text));
  }
  query.selected_ = query.groups_;
  if (retracts) query.selected_.emplace_back("sum(_sign)");
  return query;
}

Result<Aggregate> PartialQuery::add(const json& tree) {
  DAYBOOK_TRY(const auto folded, read_aggregate(tree));
  DAYBOOK_TRY(const auto call, read(folded));
  Aggregate aggregate;
  aggregate.kind = folded.function.kind;
  aggregate.bound = folded.bound;
  aggregate.from_end = folded.from_end;
  switch (aggregate.kind) {
    case AggregateKind::kCount:
      aggregate.value = add(count_of(call));
      break;
    case AggregateKind::kSum:
    case AggregateKind::kAvg:
      add_sum(call, aggregate);
      break;
    case AggregateKind::kMin:
    case AggregateKind::kMax: {
      const std::string name = aggregate.kind == AggregateKind::kMin ? "min" : "max";
      if (retracts_) {
        aggregate.side = add_side(SideQuery::Kind::kValues, call);
      } else {
        aggregate.value = add(name + "(" + call.argument + ")" + filtered(call.filter));
      }
      break;
    }
    case AggregateKind::kFirst:
    case AggregateKind::kLast:
      if (retracts_) {
        aggregate.side = add_side(rows_kind(call.orders), call);
      } else {
        add_chosen(call, aggregate);
      }
      break;
    case AggregateKind::kDistinct:
      if (retracts_) return refuse_sketch(aggregate_name(tree));
      aggregate.side = add_side(SideQuery::Kind::kHashes, call);
      break;
    case AggregateKind::kList:
      aggregate.side =
          add_side(retracts_ ? rows_kind(call.orders) : SideQuery::Kind::kTopRows, call);
      break;
    default:
      aggregate.side = add_side(SideQuery::Kind::kSpread, call);
  }
  return aggregate;
}

Result<PartialQuery::Call> PartialQuery::read(const AggregateCall& aggregate) const {
  const auto& tree = aggregate.call;
  const auto& function = aggregate.function;
  Call call;
  call.bound = aggregate.bound;
  call.from_end = aggregate.from_end;
  std::vector<std::string> arguments;
  for (const auto& child : tree["children"]) {
    DAYBOOK_TRY(auto text, expression_text(*engine_, child));
    arguments.push_back(std::move(text));
  }
  if (!arguments.empty()) call.argument = arguments[0];
  if (!tree["filter"].is_null()) {
    DAYBOOK_TRY(call.filter, expression_text(*engine_, tree["filter"]));
  }
  if (function.keeps_order) {
    for (const auto& order : tree["order_bys"]["orders"]) {
      DAYBOOK_TRY(auto text, expression_text(*engine_, order["expression"]));
      call.orders.push_back(std::move(text));
      call.orders.push_back(direction_of(order));
    }
  }
  if (function.by_argument != nullptr) {
    call.orders = {arguments.back(), function.by_argument + std::string(" NULLS LAST")};
    call.filter = both(call.filter, not_null(arguments.back()));
  }
  if (function.rows == FoldFunction::Rows::kBothNotNull ||
      (function.rows == FoldFunction::Rows::kNotNull && is_chosen(function.kind))) {
    call.filter = both(call.filter, not_null(call.argument));
  }
  return call;
}

void PartialQuery::add_sum(const Call& call, Aggregate& aggregate) {
  const auto sum = "sum(" + call.argument + ")";
  if (retracts_) {
    aggregate.value = add(sum + filtered(call.filter, "_sign > 0"));
    aggregate.minus = add(sum + filtered(call.filter, "_sign < 0"));
  } else {
    aggregate.value = add(sum + filtered(call.filter));
  }
  if (retracts_ || aggregate.kind == AggregateKind::kAvg) aggregate.count = add(count_of(call));
}

// _order is different for every row, so it decides between rows of the same sort key, too.
void PartialQuery::add_chosen(const Call& call, Aggregate& aggregate) {
  const std::string end = aggregate.kind == AggregateKind::kFirst ? "min" : "max";
  const auto filter = filtered(call.filter);
  if (call.orders.empty()) {
    aggregate.value = add("arg_" + end + "_null(" + call.argument + ", _order)" + filter);
    aggregate.order = add(end + "(_order)" + filter);
    return;
  }
  const auto place = sort_key(call.orders, ", _order, 'ASC NULLS LAST'");
  aggregate.value = add("arg_" + end + "_null(" + call.argument + ", " + place + ")" + filter);
  aggregate.order = add("arg_" + end + "(_order, " + place + ")" + filter);
  aggregate.by = add("hex(" + end + "(" + sort_key(call.orders) + ")" + filter + ")");
}

int PartialQuery::add_side(SideQuery::Kind kind, const Call& call) {
  SideQuery side;
  side.kind = kind;
  const auto where = both(where_, call.filter);
  if (kind == SideQuery::Kind::kValues || kind == SideQuery::Kind::kSpread) {
    side.sql = values_sql(kind, call, where);
  } else if (kind == SideQuery::Kind::kHashes) {
    side.sql = hashes_sql(call, where);
  } else if (kind == SideQuery::Kind::kTopRows) {
    side.sql = top_sql(call, where);
    side.bound = call.bound;
    side.from_end = call.from_end;
  } else {
    auto columns = groups_;
    for (const auto* name : {"_key", "_sign", "_order"}) columns.emplace_back(name);
    columns.push_back(call.argument);
    if (!call.orders.empty()) columns.push_back("hex(" + sort_key(call.orders) + ")");
    side.sql = select(columns, where) + " ORDER BY _order";
  }
  const auto found = std::ranges::find(sides_, side.sql, &SideQuery::sql);
  if (found != sides_.end()) return static_cast<int>(found - sides_.begin());
  sides_.push_back(std::move(side));
  return static_cast<int>(sides_.size()) - 1;
}

std::string PartialQuery::values_sql(SideQuery::Kind kind, const Call& call,
                                     const std::string& where) const {
  auto value = call.argument;
  if (kind == SideQuery::Kind::kSpread) {
    value = "(" + value + ")::DOUBLE";
    value = "CASE WHEN abs(" + value + ") < " + kLargestSpread + " THEN " + value +
            " ELSE error('a standard deviation is out of range') END";
  }
  const auto count = std::string(retracts_ ? "sum(_sign)" : "count(*)");
  auto columns = groups_;
  columns.push_back(value);
  columns.push_back(count);
  const auto key = places(groups_.size() + 1);
  return select(columns, both(where, not_null(call.argument))) + " GROUP BY " + key + " HAVING " +
         count + " <> 0 ORDER BY " + key;
}

// The hash is stored, so it must be the same in every version of DuckDB, which its own hash() is
// not; a sort key is the same for values that are equal, whatever their type.
std::string PartialQuery::hashes_sql(const Call& call, const std::string& where) const {
  auto columns = groups_;
  columns.push_back("md5_number_lower(hex(" + sort_key({call.argument, "ASC NULLS LAST"}) + "))");
  return select(columns, both(where, not_null(call.argument))) + " GROUP BY " +
         places(columns.size());
}

// What can be of the list after this batch is among the first, or last, of the batch.
std::string PartialQuery::top_sql(const Call& call, const std::string& where) const {
  auto columns = groups_;
  columns.push_back(call.orders.empty() ? "''" : "hex(" + sort_key(call.orders) + ")");
  columns.emplace_back("_order");
  columns.push_back(call.argument);
  std::string groups;
  for (const auto& group : groups_) groups += (groups.empty() ? "" : ", ") + group;
  const auto place =
      call.orders.empty() ? "_order" : sort_key(call.orders, ", _order, 'ASC NULLS LAST'");
  return select(columns, where) + " QUALIFY row_number() OVER (PARTITION BY " + groups +
         " ORDER BY " + place + (call.from_end ? " DESC" : "") +
         ") <= " + std::to_string(call.bound) + " ORDER BY " + places(groups_.size());
}

// How many rows count, as a difference over changes.
std::string PartialQuery::count_of(const Call& call) const {
  const auto& argument = call.argument;
  if (!retracts_) {
    return "count(" + (argument.empty() ? "*" : argument) + ")" + filtered(call.filter);
  }
  const auto condition = argument.empty() ? "" : not_null(argument);
  return "coalesce(sum(_sign)" + filtered(call.filter, condition) + ", 0)";
}

int PartialQuery::add(std::string text) {
  const auto found = std::ranges::find(selected_, text);
  if (found != selected_.end()) return static_cast<int>(found - selected_.begin());
  selected_.push_back(std::move(text));
  return static_cast<int>(selected_.size()) - 1;
}

// Groups that lie beside each other in the view's index are merged one after the other.
std::string PartialQuery::grouped_sql() const {
  const auto key = places(groups_.size());
  return select(selected_, where_) + " GROUP BY " + key + " ORDER BY " + key;
}

std::string PartialQuery::rows_sql(std::vector<std::string> columns) const {
  columns.emplace_back("_sign");
  columns.emplace_back("_order");
  return select(columns, where_) + " ORDER BY _order";
}

std::string PartialQuery::select(const std::vector<std::string>& columns,
                                 const std::string& where) const {
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sql += (i == 0 ? "" : ", ") + columns[i] + " AS daybook_" + std::to_string(i);
  }
  sql += " FROM " + tree_->from;
  if (!where.empty()) sql += " WHERE " + where;
  return sql;
}

}  // namespace daybook::sql

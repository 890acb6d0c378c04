#include "flow/lookup/bound_lookups.h"

#include <algorithm>

namespace daybook::flow {
namespace {

Result<sql::RowLookup> row_of(const LookupSpec& spec, const LookupColumns& known) {
  sql::RowLookup row{.name = spec.name, .by = spec.by, .columns = {}, .key = {}};
  for (const auto& column : known.columns) {
    // Of a path in a document SQL knows no type: it is text.
    auto type = column.type.empty() ? sql::ColumnType{} : sql::parse_type(column.type);
    if (!type) return fail(type.error(), "lookup " + spec.name + ": column " + column.name);
    row.columns.push_back({column.name, *type});
  }
  for (const auto& name : known.key) {
    const auto found = std::ranges::find(known.columns, name, &client::Column::name);
    if (found == known.columns.end()) continue;
    row.key.push_back(static_cast<std::size_t>(found - known.columns.begin()));
  }
  if (row.key.size() == spec.by.size()) return row;
  return fail(ErrorCode::kInvalid, "lookup " + spec.name + ": the key of view " + spec.view +
                                       " has " + std::to_string(row.key.size()) +
                                       " columns, and \"by\" has " +
                                       std::to_string(spec.by.size()) + " expressions");
}

}  // namespace

Result<BoundLookups> bind_lookups(const ProcessorSpec& spec, const LookupTables& tables) {
  BoundLookups bound;
  for (std::size_t i = 0; i < spec.lookups.size(); ++i) {
    const auto& lookup = spec.lookups[i];
    auto* table = tables.empty() ? nullptr : tables[i];
    const auto columns = table == nullptr ? lookup.declared : table->state().columns;
    if (!columns) {
      bound.rows.push_back({.name = lookup.name, .by = lookup.by, .columns = {}, .key = {}});
    } else {
      DAYBOOK_TRY(auto row, row_of(lookup, *columns));
      bound.rows.push_back(std::move(row));
    }
    bound.find.push_back(
        [table, of = columns.value_or(LookupColumns())](
            const std::vector<sql::CellRow>& keys,
            const std::vector<std::size_t>& read) -> Result<std::vector<sql::CellRow>> {
          if (table == nullptr) return std::vector<sql::CellRow>();
          return table->find(of, keys, read);
        });
  }
  return bound;
}

Status check_lookup_names(const ProcessorSpec& spec, const sql::InputSchema& schema) {
  for (const auto& lookup : spec.lookups) {
    for (const auto& column : schema.columns) {
      if (column.name != lookup.name) continue;
      return fail(ErrorCode::kInvalid, "topic " + schema.topic + " has a column " + column.name +
                                           ", so a lookup cannot be named so: give it another one");
    }
  }
  return {};
}

}  // namespace daybook::flow

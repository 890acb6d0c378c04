#include "sql/rows/batch_lookups.h"

#include <algorithm>

#include "sql/select/expression_tree.h"

namespace daybook::sql {

Result<BatchLookups> BatchLookups::prepare(Engine& engine, const std::string& input,
                                           const std::vector<RowLookup>& lookups,
                                           const std::vector<LookupUse>& uses,
                                           const std::vector<FindRows>& find) {
  BatchLookups batch;
  for (const auto& use : uses) {
    const auto& lookup = lookups[use.lookup];
    std::vector<TableColumn> columns;
    std::string keys;
    for (std::size_t i = 0; i < use.by.size(); ++i) {
      columns.push_back({lookup_key(i), lookup.columns[lookup.key[i]].type});
      keys += (i == 0 ? "" : ", ") + use.by[i];
    }
    for (const auto column : use.columns) {
      columns.push_back({lookup_column(column), lookup.columns[column].type});
    }
    Table table{.keys = nullptr, .columns = use.columns, .find = find[use.lookup], .rows = {}};
    DAYBOOK_TRY(table.cells, engine.add_table(lookup_table(lookup.name), std::move(columns)));
    auto prepared = engine.prepare("SELECT DISTINCT " + keys + " FROM " + quoted_name(input));
    if (!prepared) return fail(std::move(prepared.error()), "lookup " + lookup.name + ": by");
    table.keys = std::move(*prepared);
    const auto& read = table.keys->input_columns();
    batch.input_columns_.insert(read.begin(), read.end());
    batch.tables_.push_back(std::move(table));
  }
  return batch;
}

Status BatchLookups::fill(const DecodedBatch& batch) {
  for (auto& table : tables_) {
    table.cells->clear();
    DAYBOOK_TRY(const auto keys, read_keys(table, batch));
    table.rows.clear();
    if (keys.empty()) continue;
    DAYBOOK_TRY(table.rows, table.find(keys, table.columns));
    for (const auto& row : table.rows) {
      for (std::size_t i = 0; i < row.size(); ++i) table.cells->push(i, row[i]);
    }
  }
  return {};
}

Result<std::vector<CellRow>> BatchLookups::read_keys(Table& table, const DecodedBatch& batch) {
  DAYBOOK_TRY(const auto rows, table.keys->run(batch));
  const auto width = table.keys->columns().size();
  std::vector<CellRow> keys;
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, rows->next_chunk());
    if (!has_chunk) return keys;
    for (std::size_t i = 0; i < rows->row_count(); ++i) {
      CellRow key(width);
      for (std::size_t k = 0; k < width; ++k) rows->read(k, i, key[k]);
      if (std::ranges::none_of(key, &Cell::is_null)) keys.push_back(std::move(key));
    }
  }
}

}  // namespace daybook::sql

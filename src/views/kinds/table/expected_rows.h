// What DuckDB says of the final table, as text, so that it can be compared with a view's rows.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "sql/calendar.h"
#include "sql/cell.h"
#include "sql/engine.h"
#include "views/kinds/table/simulated_table.h"

namespace daybook::views::table {

// A value as the view shows it. Sums of doubles that are nearly nothing are nothing.
inline std::string shown(const sql::Cell& cell, sql::ColumnType type) {
  switch (cell.kind) {
    case sql::Cell::Kind::kNull:
      return "NULL";
    case sql::Cell::Kind::kText:
      return "'" + cell.text + "'";
    case sql::Cell::Kind::kReal: {
      char text[64];
      std::snprintf(text, sizeof(text), "%.9g", std::abs(cell.real) < 1e-9 ? 0.0 : cell.real);
      return text;
    }
    case sql::Cell::Kind::kInteger:
      break;
  }
  const auto number = static_cast<std::int64_t>(cell.integer);
  if (type.id == TypeId::kDecimal) return "'" + sql::to_text(cell.integer, type.scale) + "'";
  if (type.id == TypeId::kDate) return "'" + sql::date_text(number) + "'";
  if (type.id == TypeId::kTimestamp) return "'" + sql::timestamp_text(number) + "'";
  if (cell.integer != number) return "'" + sql::to_text(cell.integer) + "'";
  return sql::to_text(cell.integer);
}

using Lines = std::vector<std::string>;

// With the exact count in the place of an estimate, which is exact for so few values in a view, but
// not in DuckDB.
inline std::string exact(std::string query) {
  const std::string_view estimated = "approx_count_distinct(";
  for (auto at = query.find(estimated); at != std::string::npos; at = query.find(estimated)) {
    query.replace(at, estimated.size(), "count(DISTINCT ");
  }
  return query;
}

// What DuckDB says of the final table. `engine` has the simulated schema of a plain topic as "t".
inline Lines expected_rows(sql::Engine& engine, const std::string& query,
                           const std::vector<SimulatedEvent>& rows) {
  auto statement = engine.prepare(exact(query)).value();
  sql::DecodedBatch batch(simulated_schema(false), statement->input_columns());
  std::vector<sql::InputEvent> events;
  for (const auto& row : rows) {
    events.push_back({row.partition, row.offset, row.time_ms, row.clock_ms, row.key, row.value});
  }
  EXPECT_TRUE(batch.decode(events).empty());
  auto result = statement->run(batch).value();
  Lines lines;
  while (result->next_chunk().value()) {
    for (std::size_t i = 0; i < result->row_count(); ++i) {
      std::string line;
      for (std::size_t column = 0; column < statement->columns().size(); ++column) {
        sql::Cell cell;
        result->read(column, i, cell);
        line += shown(cell, statement->columns()[column].type) + " | ";
      }
      lines.push_back(line);
    }
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace daybook::views::table

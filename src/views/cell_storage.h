// How a value of a column type is stored in SQLite, both ways. Two forms:
//
// The shown form is what users read: whole numbers as INTEGER (as TEXT beyond 64 bits), DECIMAL as
// TEXT with all its digits, dates and times as ISO 8601 TEXT, DOUBLE as REAL (NaN as the text NaN,
// because SQLite has no NaN), text as TEXT.
//
// The ordered form sorts in SQLite as the values do: it is how the values that a min or max may
// fall back to are indexed. Whole numbers and what is counted in them are INTEGER, or, where the
// type may need more than 64 bits, a BLOB of 16 bytes, big-endian with the first bit flipped.

#pragma once

#include <string>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/column_type.h"
#include "views/answer.h"
#include "views/sqlite/database.h"

namespace daybook::views {

// `scratch` holds the text until the statement is reset.
void bind_shown(sqlite::Statement& statement, int parameter, sql::ColumnType type,
                const sql::Cell& cell, std::string& scratch);
// kCorrupt if what is stored is not what bind_shown() writes.
Status load_shown(const sqlite::Statement& statement, int column, sql::ColumnType type,
                  sql::Cell& cell);

// The shown form as the value of an answer.
Value shown_value(sql::ColumnType type, const sql::Cell& cell);

void bind_ordered(sqlite::Statement& statement, int parameter, sql::ColumnType type,
                  const sql::Cell& cell, std::string& scratch);
Status load_ordered(const sqlite::Statement& statement, int column, sql::ColumnType type,
                    sql::Cell& cell);

// What a column of the type is declared as, so that SQLite converts nothing.
std::string declared_type(sql::ColumnType type);

// A value as a user writes it in a URL or on the command line. kInvalid if it is not one.
Result<sql::Cell> parse_cell(std::string_view text, sql::ColumnType type);

}  // namespace daybook::views

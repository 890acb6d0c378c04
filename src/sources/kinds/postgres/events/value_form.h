// How a PostgreSQL value appears in an event, by its column's type: Debezium's forms, with NUMERIC
// as text and all timestamps in microseconds. The table of types is in docs/capture.md; the SQL
// engine decodes exactly these forms, by the column type that the schema declares.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::sources::postgres {

enum class Form : std::uint8_t {
  kBoolean,      // true, false
  kNumber,       // the digits as they are
  kFloat,        // the same; "NaN", "Infinity" and "-Infinity" as text
  kText,         // text
  kDate,         // days since 1970-01-01
  kTimestamp,    // microseconds since 1970-01-01T00:00
  kTimestampTz,  // "2026-11-23T15:11:00.5Z"
  kTimeOfDay,    // microseconds since midnight
  kBytes,        // base64
};

enum class DecimalForm : std::uint8_t { kText, kDouble };

struct ColumnType {
  Form form = Form::kText;
  std::string sql_type = "VARCHAR";  // DuckDB's name of the type
};

// `type` is the object id of a built-in type (of the base type, for a domain); any other becomes
// text.
ColumnType column_type(std::uint32_t type, std::int32_t modifier, DecimalForm decimals);

// Appends the JSON of a value that PostgreSQL printed with DateStyle ISO, TimeZone UTC and
// bytea_output hex. A text that does not look like its type is appended as JSON text.
void append_value(Form form, std::string_view text, std::string& out);

}  // namespace daybook::sources::postgres

// The types that columns may have, by DuckDB's names. Types that are not here (lists, structs,
// blobs, intervals) can be held by an event but not by a view: cast them in the SQL.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::sql {

enum class TypeId : std::uint8_t {
  kBoolean,
  kTinyint,
  kSmallint,
  kInteger,
  kBigint,
  kHugeint,
  kUtinyint,
  kUsmallint,
  kUinteger,
  kUbigint,
  kFloat,
  kDouble,
  kDecimal,
  kVarchar,
  kJson,
  kUuid,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
};

struct ColumnType {
  TypeId id = TypeId::kVarchar;
  int width = 0;  // of a DECIMAL: digits in all, 1 to 38
  int scale = 0;  // of a DECIMAL: digits behind the point
  friend bool operator==(const ColumnType&, const ColumnType&) = default;

  bool is_real() const { return id == TypeId::kFloat || id == TypeId::kDouble; }
  bool is_text() const {
    return id == TypeId::kVarchar || id == TypeId::kJson || id == TypeId::kUuid;
  }
  // Whole numbers, and what is counted in them: decimals, dates, times.
  bool is_integral() const { return !is_real() && !is_text(); }
};

// "DECIMAL(18,2)", "BIGINT", "TIMESTAMP WITH TIME ZONE" as DuckDB writes them.
std::string to_text(ColumnType type);

// Any spelling that DuckDB takes for one of the types above (TEXT, INT8, NUMERIC(10,2),
// TIMESTAMPTZ …), in any case. kUnsupported, naming the nearest choice, for others.
Result<ColumnType> parse_type(std::string_view text);

}  // namespace daybook::sql

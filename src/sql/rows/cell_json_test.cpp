#include "sql/rows/cell_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace daybook::sql {
namespace {

std::string json_of(const Cell& cell, ColumnType type) {
  std::string out;
  append_json(cell, type, out);
  return out;
}

std::string integer(Int128 value, ColumnType type) {
  Cell cell;
  cell.set_integer(value);
  return json_of(cell, type);
}

std::string real(double value, ColumnType type = {TypeId::kDouble}) {
  Cell cell;
  cell.set_real(value);
  return json_of(cell, type);
}

TEST(CellJson, WholeNumbersKeepEveryDigit) {
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min(), {TypeId::kBigint}),
            "-9223372036854775808");
  EXPECT_EQ(integer(Int128{1} << 64, {TypeId::kHugeint}), "\"18446744073709551616\"");
  EXPECT_EQ(integer(1, {TypeId::kBoolean}), "true");
  EXPECT_EQ(integer(-1205, {TypeId::kDecimal, 18, 2}), "\"-12.05\"");
}

TEST(CellJson, TimesAreIsoText) {
  EXPECT_EQ(integer(0, {TypeId::kDate}), "\"1970-01-01\"");
  EXPECT_EQ(integer(1'500'000, {TypeId::kTimestamp}), "\"1970-01-01 00:00:01.500000\"");
  EXPECT_EQ(integer(0, {TypeId::kTimestampTz}), "\"1970-01-01 00:00:00+00\"");
}

TEST(CellJson, RealsComeBackTheSame) {
  EXPECT_EQ(real(0.1), "0.1");
  EXPECT_EQ(real(static_cast<double>(0.1F), {TypeId::kFloat}), "0.1");
  EXPECT_EQ(real(std::nan("")), "\"NaN\"");
  EXPECT_EQ(real(-HUGE_VAL), "\"-Infinity\"");
}

TEST(CellJson, TextIsEscapedAndJsonIsNot) {
  Cell cell;
  cell.set_text("{\"a\":1}");
  EXPECT_EQ(json_of(cell, {TypeId::kVarchar}), R"("{\"a\":1}")");
  EXPECT_EQ(json_of(cell, {TypeId::kJson}), R"({"a":1})");
  cell.set_null();
  EXPECT_EQ(json_of(cell, {TypeId::kJson}), "null");
}

}  // namespace
}  // namespace daybook::sql

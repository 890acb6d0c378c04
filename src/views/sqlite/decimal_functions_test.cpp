#include "views/sqlite/decimal_functions.h"

#include <gtest/gtest.h>

namespace daybook::views::sqlite {
namespace {

std::string ask(const std::string& sql) {
  auto database = Database::open(":memory:", Database::Mode::kCreate).value();
  EXPECT_TRUE(add_decimal_functions(database));
  auto statement = database.prepare(sql);
  if (!statement) return "error: " + statement.error().message;
  std::string text;
  while (true) {
    const auto row = statement->step();
    if (!row) return "error: " + row.error().message;
    if (!*row) return text;
    if (!text.empty()) text += ' ';
    const bool is_null = statement->type(0) == Statement::Type::kNull;
    text += is_null ? "NULL" : std::string(statement->text(0));
  }
}

TEST(DecimalFunctions, SumsKeepEveryDigit) {
  EXPECT_EQ(ask("WITH t(x) AS (VALUES ('0.10'), ('0.20'), (NULL), ('-3')) SELECT decimal_sum(x) "
                "FROM t"),
            "-2.70");
  EXPECT_EQ(ask("WITH t(x) AS (VALUES ('90071992547409930.01'), (1)) SELECT decimal_sum(x) FROM t"),
            "90071992547409931.01");
  EXPECT_EQ(ask("SELECT decimal_sum(x) FROM (SELECT 1 AS x WHERE 0)"), "NULL");
}

TEST(DecimalFunctions, ArithmeticAndComparison) {
  EXPECT_EQ(ask("SELECT decimal_add('1.5', '2.25')"), "3.75");
  EXPECT_EQ(ask("SELECT decimal_sub('1', '2.5')"), "-1.5");
  EXPECT_EQ(ask("SELECT decimal_cmp('1.50', '1.5')"), "0");
  EXPECT_EQ(ask("SELECT decimal_cmp('9', '10')"), "-1");
  EXPECT_EQ(ask("SELECT decimal_add('1', NULL)"), "NULL");
}

TEST(DecimalFunctions, TheCollationOrdersNumbers) {
  EXPECT_EQ(ask("WITH t(x) AS (VALUES ('10.5'), ('9.10'), ('-2'), ('x'), ('-10')) SELECT x FROM t "
                "ORDER BY x COLLATE decimal"),
            "x -10 -2 9.10 10.5");
}

TEST(DecimalFunctions, WhatIsNoDecimalIsAnError) {
  EXPECT_NE(ask("SELECT decimal_add('a', '1')").find("not a decimal"), std::string::npos);
  EXPECT_NE(ask("SELECT decimal_add('170000000000000000000000000000000000000', "
                "'170000000000000000000000000000000000000')")
                .find("38 digits"),
            std::string::npos);
}

}  // namespace
}  // namespace daybook::views::sqlite

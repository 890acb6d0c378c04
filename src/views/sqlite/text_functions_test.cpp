#include "views/sqlite/text_functions.h"

#include <gtest/gtest.h>

namespace daybook::views::sqlite {
namespace {

class TextFunctions : public testing::Test {
 protected:
  static std::string value(Database& database, const std::string& expression) {
    auto statement = database.prepare("SELECT quote(" + expression + ")").value();
    EXPECT_TRUE(statement.step().value_or(false)) << expression;
    return std::string(statement.text(0));
  }

  Database sqlites_ = Database::open(":memory:", Database::Mode::kCreate).value();
  Database ours_ = Database::open(":memory:", Database::Mode::kCreate).value();
};

TEST_F(TextFunctions, TheirAnswersAreThoseOfSqlite) {
  ASSERT_TRUE(add_text_functions(ours_));
  for (const char* expression : {"instr('abcabc', 'ca')",
                                 "instr('äöü', 'ü')",
                                 "instr('abc', '')",
                                 "instr('', 'a')",
                                 "instr('', '')",
                                 "instr('abc', 'abcd')",
                                 "instr(12345, 34)",
                                 "instr(x'c3a4c3b6', x'b6')",
                                 "instr(x'', x'')",
                                 "instr('a', NULL)",
                                 "replace('aaa', 'aa', 'b')",
                                 "replace('abc', '', 'x')",
                                 "replace('abcabc', 'c', '')",
                                 "replace('äaä', 'ä', 'öö')",
                                 "replace('abc', 'abcd', 'x')",
                                 "replace(1.5, '.', ',')",
                                 "replace('', 'a', 'b')",
                                 "replace('a', 'a', NULL)",
                                 "trim('  a b ')",
                                 "ltrim('  a ')",
                                 "rtrim(' a  ')",
                                 "trim('äöaöä', 'öä')",
                                 "trim('xaxax', 'ax')",
                                 "ltrim('xya', 'yx')",
                                 "rtrim('aäöü', 'üö')",
                                 "trim('', 'a')",
                                 "trim('abc', '')",
                                 "trim(110011, 1)",
                                 "trim('a', NULL)",
                                 "trim(NULL)"}) {
    EXPECT_EQ(value(ours_, expression), value(sqlites_, expression)) << expression;
  }
}

TEST_F(TextFunctions, LongArgumentsTakeTimeOnceEach) {
  ASSERT_TRUE(add_text_functions(ours_));
  const std::string zeros = "hex(zeroblob(4000000))";
  EXPECT_EQ(value(ours_, "instr(" + zeros + ", hex(zeroblob(2000000)) || '1')"), "0");
  EXPECT_EQ(value(ours_, "length(replace(" + zeros + ", hex(zeroblob(2000000)) || '1', ''))"),
            "8000000");
  EXPECT_EQ(value(ours_, "trim(" + zeros + ", replace(hex(zeroblob(500000)), '00', '12') || '0')"),
            "''");
}

}  // namespace
}  // namespace daybook::views::sqlite

#include "sources/kinds/postgres/protocol/copy_line.h"

#include <gtest/gtest.h>

namespace daybook::sources::postgres {
namespace {

TEST(CopyLine, FieldsNullsAndEscapesAreRead) {
  std::string memory;
  Tuple row;
  ASSERT_TRUE(parse_copy_line("1\t\\N\t\ttab\\tline\\nback\\\\slash\t\\\\N", 5, memory, row));
  EXPECT_EQ(row[0].text, "1");
  EXPECT_EQ(row[1].kind, FieldKind::kNull);
  EXPECT_EQ(row[2].kind, FieldKind::kText);
  EXPECT_EQ(row[2].text, "");
  EXPECT_EQ(row[3].text, "tab\tline\nback\\slash");
  EXPECT_EQ(row[4].kind, FieldKind::kText);
  EXPECT_EQ(row[4].text, "\\N");
}

TEST(CopyLine, ALoneFieldMayBeEmptyOrNull) {
  std::string memory;
  Tuple row;
  ASSERT_TRUE(parse_copy_line("", 1, memory, row));
  EXPECT_EQ(row[0].text, "");
  ASSERT_TRUE(parse_copy_line("\\N", 1, memory, row));
  EXPECT_EQ(row[0].kind, FieldKind::kNull);
}

TEST(CopyLine, AnotherNumberOfFieldsIsCorrupt) {
  std::string memory;
  Tuple row;
  EXPECT_EQ(parse_copy_line("1\t2", 3, memory, row).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(parse_copy_line("1\t2", 1, memory, row).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace daybook::sources::postgres

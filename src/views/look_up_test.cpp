#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/kinds/document/document_plan.h"
#include "views/testing/view_fixture.h"

namespace daybook::views {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kPatience;
using ::testing::SizeIs;

class LookUpTest : public testing::ViewTest {
 protected:
  static CellRow key(std::int64_t value) {
    CellRow row(1);
    row[0].set_integer(value);
    return row;
  }
  // Once everything in the log is in the view.
  Result<std::vector<CellRow>> look_up(View& view, const std::vector<ResultColumn>& of,
                                       const std::vector<CellRow>& keys,
                                       const std::vector<ResultColumn>& columns) {
    DAYBOOK_TRY(const auto answer, ask(view, "SELECT 1"));
    return view.reader().look_up(of, keys, columns, {});
  }

  const std::vector<ResultColumn> account_{{"account_id", "BIGINT", true}};
};

TEST_F(LookUpTest, RowsOfManyKeysComeInTheirTypes) {
  make_topic();
  publish(testing::payments());
  for (int i = 1; i <= 3; ++i) {
    write(std::to_string(i), testing::change("c", "null", testing::row(i, i, "10.10")));
  }
  const auto view = open();
  view->start();
  const auto rows = look_up(*view, account_, {key(3), key(9), key(1)},
                            {{"balance", "DECIMAL(38,2)"}, {"entries", "BIGINT"}});
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_THAT(*rows, SizeIs(2));
  EXPECT_EQ((*rows)[0][0].integer, 3);
  EXPECT_EQ((*rows)[0][1].integer, 1'010);
  EXPECT_EQ((*rows)[1][0].integer, 1);
  EXPECT_EQ((*rows)[1][2].integer, 1);
}

TEST_F(LookUpTest, ColumnsThatTheViewDoesNotHaveAreNotAvailable) {
  make_topic();
  publish(testing::payments());
  const auto view = open();
  EXPECT_EQ(view->reader().look_up(account_, {key(1)}, {}, {}).error().code,
            ErrorCode::kUnavailable);
  view->start();
  write("1", testing::change("c", "null", testing::row(1, 7, "1.00")));
  const auto rows = look_up(*view, account_, {key(7)}, {{"balance", "DECIMAL(9,2)"}});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(rows.error().message, HasSubstr("column balance"));
}

TEST_F(LookUpTest, WhatIsAtAPathOfADocumentIsText) {
  make_topic();
  publish(testing::payments(client::Envelope::kPlain));
  write("1", R"({"id":1,"note":{"n":12},"more":true})");
  auto view = open_view({"notes", "tx", topic_, std::nullopt, false, false},
                        document::make_document_plan({.key = {"id"}, .index = {"note.n"}}),
                        {*log_, io::real_file_system(), io::real_clock(), folder_.path()});
  ASSERT_TRUE(view) << view.error().message;
  (*view)->start();
  const auto rows = look_up(**view, {{"id", "BIGINT", true}}, {key(1), key(2)},
                            {{"note.n", ""}, {"document", "JSON"}});
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_THAT(*rows, SizeIs(1));
  EXPECT_EQ((*rows)[0][1].text, "12");
  EXPECT_EQ((*rows)[0][2].text, R"({"id":1,"note":{"n":12},"more":true})");
}

}  // namespace
}  // namespace daybook::views

#include "views/lineage/lineage_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Lineage : public ::testing::Test {
 protected:
  Lineage() {
    EXPECT_TRUE(store_.create(database_));
    EXPECT_TRUE(store_.open(database_));
  }

  void note(const std::string& id, std::int64_t first, std::int64_t count) {
    sql::Cell cell;
    cell.set_text(id);
    for (auto i = first; i < first + count; ++i) {
      ASSERT_TRUE(store_.note({cell}, {1'000 + i, 0, i}));
    }
  }
  RowLineage read(const std::string& id) {
    return read_lineage(database_, R"({"id":")" + id + R"("})").value();
  }

  sqlite::Database database_ =
      sqlite::Database::open(":memory:", sqlite::Database::Mode::kCreate).value();
  LineageStore store_{KeyColumns::of("v", {"id"}, {{"id", "VARCHAR", true}}).value()};
};

TEST_F(Lineage, TheEventsOfAKeyAreRememberedInTheirOrder) {
  note("b", 3, 1);
  note("a", 0, 2);
  note("a", 1, 1);  // an event that touches the key twice
  ASSERT_TRUE(store_.settle());
  note("a", 7, 1);
  ASSERT_TRUE(store_.settle());
  EXPECT_THAT(read("a").places, ElementsAre(EventPlace{1'000, 0, 0}, EventPlace{1'001, 0, 1},
                                            EventPlace{1'007, 0, 7}));
  EXPECT_THAT(read("b").places, ElementsAre(EventPlace{1'003, 0, 3}));
  EXPECT_THAT(read("c").places, IsEmpty());
}

TEST_F(Lineage, OfVeryManyEventsTheNewestAreRememberedAndTheOthersCounted) {
  constexpr std::int64_t kEvents = 5 * kMaxLineageEvents + 3;
  for (std::int64_t i = 0; i < kEvents;) {
    const auto count = std::min<std::int64_t>(1 + i % 251, kEvents - i);
    note("a", i, count);
    ASSERT_TRUE(store_.settle());
    i += count;
    const auto lineage = read("a");
    ASSERT_EQ(lineage.earlier + std::ssize(lineage.places), i);
    ASSERT_GE(std::ssize(lineage.places), std::min(i, kMaxLineageEvents));
    ASSERT_LT(std::ssize(lineage.places), kMaxLineageEvents + 2 * kPieceEvents);
    for (std::size_t n = 0; n < lineage.places.size(); ++n) {
      ASSERT_EQ(lineage.places[n].offset, lineage.earlier + static_cast<std::int64_t>(n));
    }
  }
}

}  // namespace
}  // namespace daybook::views

#include "views/life/view_life.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "flow/position_text.h"
#include "views/testing/view_fixture.h"

namespace daybook::views {
namespace {

using namespace views::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ViewLifeTest : public ViewTest {
 protected:
  void insert(int id, int account, const std::string& amount) {
    write(std::to_string(id), change("c", "null", row(id, account, amount)));
  }
  static bool is_ready(const View& view, int version) {
    for (const auto& status : view.status().versions) {
      if (status.version == version) return status.is_ready;
    }
    return false;
  }
  // The view, complete, over three accounts.
  std::unique_ptr<View> complete(const std::string& sql = kBalances) {
    make_topic();
    publish(payments());
    for (int account = 1; account <= 3; ++account) insert(account, account, "10.00");
    auto view = open(sql);
    view->start();
    EXPECT_TRUE(eventually([&] { return is_ready(*view, 1); }));
    return view;
  }
  int rebuild(View& view) {
    const auto version = view.rebuild();
    EXPECT_TRUE(version) << version.error().message;
    EXPECT_TRUE(eventually([&] { return is_ready(view, *version); })) << view.status().detail;
    return *version;
  }
  bool has_file(int version) const {
    return std::filesystem::exists(folder_.path() + "/views/balances/v" + std::to_string(version) +
                                   ".db");
  }
  // Changes a version's file behind the view's back, as an error of an earlier release would have.
  void spoil(int version, const std::string& sql) {
    const auto path = folder_.path() + "/views/balances/v" + std::to_string(version) + ".db";
    auto database = sqlite::Database::open(path, sqlite::Database::Mode::kReadWrite);
    ASSERT_TRUE(database);
    const auto done = database->execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
};

TEST_F(ViewLifeTest, ARebuiltVersionAnswersOnlyAfterTheSwap) {
  const auto view = complete();
  EXPECT_EQ(rebuild(*view), 2);
  EXPECT_EQ(view->status().version, 1);
  insert(4, 4, "1.00");
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"), SizeIs(4));
  const auto report = view->swap({});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->version, 2);
  EXPECT_EQ(report->former, 1);
  ASSERT_TRUE(report->difference);
  EXPECT_EQ(report->difference->position, end());
  EXPECT_EQ(report->difference->share(), 0);
  EXPECT_EQ(view->status().version, 2);
  insert(5, 5, "1.00");
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"), SizeIs(5));
}

TEST_F(ViewLifeTest, ADifferenceIsCountedAndShown) {
  const auto view = complete();
  spoil(1,
        "UPDATE daybook_rows SET balance = '11.00' WHERE account_id = 1;"
        "DELETE FROM daybook_rows WHERE account_id = 2;"
        "INSERT INTO daybook_rows SELECT 99, 9, balance, entries, largest, "
        "daybook_0_count, daybook_rows FROM daybook_rows WHERE account_id = 3");
  rebuild(*view);
  const auto difference = view->diff({});
  ASSERT_TRUE(difference) << difference.error().message;
  EXPECT_EQ(difference->missing, 1);
  EXPECT_EQ(difference->extra, 1);
  EXPECT_EQ(difference->changed, 1);
  EXPECT_EQ(difference->share(), 1);
  ASSERT_THAT(difference->samples, SizeIs(3));
  EXPECT_THAT(difference->samples[0].old_row.front(), Value(std::int64_t{9}));
  EXPECT_THAT(difference->samples[1].new_row.front(), Value(std::int64_t{2}));
  EXPECT_THAT(difference->samples[2].old_row.at(1), Value("11.00"));
  EXPECT_THAT(difference->samples[2].new_row.at(1), Value("10.00"));
}

TEST_F(ViewLifeTest, ASwapOverTheThresholdIsRefusedUnlessItIsForced) {
  const auto view = complete();
  spoil(1, "UPDATE daybook_rows SET balance = '11.00' WHERE account_id = 1");
  rebuild(*view);
  const auto refused = view->swap({});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("33.3 % of the rows (0 missing, 0 extra, 1 changed)"));
  EXPECT_EQ(view->status().version, 1);
  EXPECT_TRUE(view->swap({.force = true, .diff = {}}));
  EXPECT_EQ(view->status().version, 2);
  EXPECT_THAT(view->reader().find({"1"}, {})->rows.at(0).at(1), Value("10.00"));
}

TEST_F(ViewLifeTest, ARollbackGoesBackToAVersionThatIsCurrent) {
  const auto view = complete();
  rebuild(*view);
  ASSERT_TRUE(view->swap({}));
  insert(4, 4, "1.00");
  EXPECT_EQ(view->rollback().value(), 1);
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"), SizeIs(4));
  EXPECT_EQ(view->status().version, 1);
  EXPECT_EQ(view->rollback().value(), 2);
  // The next swap forgets the former one.
  rebuild(*view);
  ASSERT_TRUE(view->swap({}));
  EXPECT_FALSE(has_file(1));
  EXPECT_TRUE(has_file(2) && has_file(3));
}

TEST_F(ViewLifeTest, WhatIsNotThereIsRefusedByName) {
  make_topic();
  const auto early = open();
  early->start();
  EXPECT_EQ(early->rebuild().error().code, ErrorCode::kUnavailable);
  early->stop();
  EXPECT_THAT(early->rebuild().error().message, HasSubstr("is stopped"));
  publish(payments());
  const auto view = open();
  view->start();
  EXPECT_TRUE(eventually([&] { return is_ready(*view, 1); }));
  EXPECT_EQ(view->swap({}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(view->diff({}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(view->rollback().error().code, ErrorCode::kNotFound);
  EXPECT_EQ(view->drop(0).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(view->drop(1).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(view->drop(7).error().code, ErrorCode::kNotFound);
  rebuild(*view);
  EXPECT_THAT(view->rebuild().error().message,
              HasSubstr("version 2 of view balances is being built"));
  EXPECT_EQ(view->drop(0).value(), 2);
  EXPECT_FALSE(has_file(2));
  EXPECT_EQ(rebuild(*view), 2);
}

TEST_F(ViewLifeTest, VersionsThatMoveAreComparedAtOnePosition) {
  const auto view = complete();
  rebuild(*view);
  constexpr int kAhead = 500;  // events that the view may be behind
  std::atomic<bool> is_over = false;
  std::jthread business([&] {
    for (int id = 10; !is_over; ++id) {
      insert(id, id, "1.00");
      const auto applied = [&] {
        const auto position = view->status().position;
        return position.empty() ? 0 : position.begin()->second.value;
      };
      while (!is_over && applied() + kAhead < id) std::this_thread::yield();
    }
  });
  for (int i = 0; i < 20; ++i) {
    const auto difference = view->diff({.wait_limit = kPatience});
    EXPECT_TRUE(difference) << difference.error().message;
    if (!difference) break;
    EXPECT_EQ(difference->missing + difference->extra + difference->changed, 0)
        << flow::to_text(difference->position);
    EXPECT_EQ(difference->old_rows, difference->new_rows);
  }
  is_over = true;
}

TEST_F(ViewLifeTest, ARestartTakesUpWhatWasGoingOn) {
  {
    const auto view = complete();
    rebuild(*view);
    ASSERT_TRUE(view->swap({}));
    EXPECT_EQ(view->rebuild().value(), 3);
  }
  insert(4, 4, "1.00");
  const auto view = open();
  EXPECT_EQ(view->status().version, 2);
  view->start();
  EXPECT_TRUE(eventually([&] { return is_ready(*view, 3); }));
  EXPECT_THAT(view->status().versions, SizeIs(3));
  EXPECT_EQ(view->status().version, 2);
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"), SizeIs(4));
  EXPECT_EQ(view->rollback().value(), 1);
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"), SizeIs(4));
}

TEST_F(ViewLifeTest, AChangedDefinitionCanWaitForTheSwap) {
  complete().reset();
  swap_by_hand_ = true;
  const auto view = open("SELECT account_id, sum(amount) AS balance FROM tx GROUP BY account_id");
  view->start();
  EXPECT_TRUE(eventually([&] { return is_ready(*view, 1) && is_ready(*view, 2); }));
  insert(4, 4, "1.00");
  EXPECT_THAT(rows(*view, "SELECT entries FROM balances"), SizeIs(4));
  const auto difference = view->diff({});
  ASSERT_TRUE(difference) << difference.error().message;
  EXPECT_THAT(difference->only_old_columns, ElementsAre("entries", "largest"));
  EXPECT_THAT(difference->only_new_columns, IsEmpty());
  EXPECT_EQ(difference->share(), 0);
  ASSERT_TRUE(view->swap({}));
  EXPECT_THAT(rows(*view, "SELECT * FROM balances"), SizeIs(4));
  EXPECT_EQ(view->status().columns.size(), 2u);
}

TEST_F(ViewLifeTest, WithoutItsNewDefinitionAViewShowsWhatItsOldOneDoes) {
  complete().reset();
  swap_by_hand_ = true;
  const auto view = open("SELECT account_id, sum(amount) AS balance FROM tx GROUP BY account_id");
  view->start();
  EXPECT_TRUE(eventually([&] { return is_ready(*view, 2); }));
  EXPECT_EQ(view->drop(2).value(), 2);
  insert(4, 4, "1.00");
  EXPECT_THAT(rows(*view, "SELECT entries FROM balances"), SizeIs(4));
  EXPECT_TRUE(eventually([&] {
    const auto status = view->status();
    return status.state == "running" && status.events_applied == 1;
  }));
}

TEST_F(ViewLifeTest, AVersionWithAnotherKeyIsNotCompared) {
  complete().reset();
  swap_by_hand_ = true;
  const auto view = open("SELECT note, count(*) AS n FROM tx GROUP BY note", {"note"});
  view->start();
  EXPECT_TRUE(eventually([&] { return is_ready(*view, 1) && is_ready(*view, 2); }));
  EXPECT_THAT(view->swap({}).error().message, HasSubstr("have different keys"));
  EXPECT_TRUE(view->swap({.force = true, .diff = {}}));
  EXPECT_THAT(rows(*view, "SELECT n FROM balances"), ElementsAre(Row{std::int64_t{3}}));
}

TEST_F(ViewLifeTest, StoppingEndsAComparison) {
  const auto view = complete();
  rebuild(*view);
  std::jthread asking([&] {
    while (view->diff({.wait_limit = 3 * kPatience})) {
    }
  });
  const auto before = std::chrono::steady_clock::now();
  view->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, kPatience / 2);
}

}  // namespace
}  // namespace daybook::views

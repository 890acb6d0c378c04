// A fold whose rows are in memory: what a view does with batches, without files and positions.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sql/fold_plan.h"
#include "sql/fold_run.h"
#include "views/cell_storage.h"
#include "views/kinds/table/expected_rows.h"
#include "views/kinds/table/table_merge.h"
#include "views/view_file.h"

namespace daybook::views::table {

// The view is "v". The engine and the plan outlive this.
class MemoryFold {
 public:
  MemoryFold(sql::Engine& engine, const sql::FoldPlan& plan, const sql::InputSchema& schema,
             int format = kViewFormat, std::size_t at_once = kGroupsAtOnce)
      : plan_(plan),
        layout_(make_layout(plan, "v")),
        database_(sqlite::Database::open(":memory:", sqlite::Database::Mode::kCreate).value()),
        run_(sql::FoldRun::prepare(engine, plan, schema).value()) {
    EXPECT_TRUE(database_.execute("PRAGMA user_version = " + std::to_string(format)));
    EXPECT_TRUE(database_.execute(layout_.create_sql(plan)));
    EXPECT_TRUE(database_.execute("CREATE TABLE daybook_position (time INTEGER)"));
    merge_ = TableMerge::prepare(database_, plan_, layout_, at_once).value();
  }

  void apply(const std::vector<sql::InputEvent>& events) {
    const auto applied = try_apply(events);
    ASSERT_TRUE(applied) << applied.error().message;
  }

  Status try_apply(const std::vector<sql::InputEvent>& events) {
    DAYBOOK_TRY(auto result, run_->compute(events));
    EXPECT_TRUE(result.rejected.empty()) << result.rejected[0].reason;
    EXPECT_TRUE(database_.execute("BEGIN"));
    const auto applied = merge_->apply(result, [&](std::int64_t order) {
      const auto& event = events[run_->event_of_row(static_cast<std::size_t>(order))];
      return EventPlace{event.clock_ms, event.partition, event.offset};
    });
    EXPECT_TRUE(database_.execute(applied ? "COMMIT" : "ROLLBACK"));
    row_count_ += merge_->growth();
    return applied;
  }

  sqlite::Database& database() { return database_; }

  std::int64_t count(const std::string& table) {
    auto statement = database_.prepare("SELECT count(*) FROM " + table).value();
    EXPECT_TRUE(statement.step().value());
    return statement.integer(0);
  }

  Lines rows() {
    auto statement = database_.prepare("SELECT * FROM v").value();
    Lines lines;
    sql::Cell cell;
    while (statement.step().value()) {
      std::string line;
      for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
        const auto type = plan_.columns[i].type;
        EXPECT_TRUE(load_shown(statement, static_cast<int>(i), type, cell));
        line += shown(cell, type) + " | ";
      }
      lines.push_back(line);
    }
    EXPECT_EQ(row_count_, std::ssize(lines));
    std::ranges::sort(lines);
    return lines;
  }

 private:
  const sql::FoldPlan& plan_;
  const TableLayout layout_;
  sqlite::Database database_;
  std::unique_ptr<sql::FoldRun> run_;
  std::unique_ptr<TableMerge> merge_;
  std::int64_t row_count_ = 0;
};

}  // namespace daybook::views::table

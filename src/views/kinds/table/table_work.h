// A table view as the work of a task: the fold runs over each batch, and its result is committed
// with the position.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "flow/work.h"
#include "sql/engine.h"
#include "sql/fold_run.h"
#include "views/kinds/table/table_store.h"

namespace daybook::views::table {

class TableWork final : public flow::Work {
 public:
  // Told after every commit, and when the end of the log is reached.
  struct Listener {
    std::function<void(const TableStore&)> committed;
    std::function<void(TableStore&)> caught_up;
  };

  static Result<std::unique_ptr<TableWork>> make(std::unique_ptr<sql::Engine> engine,
                                                 const sql::FoldPlan& plan,
                                                 const sql::InputSchema& schema,
                                                 std::unique_ptr<TableStore> store,
                                                 Listener listener);

  const client::Position& position() const override { return store_->position(); }
  Result<std::vector<flow::Rejection>> compute(const client::Batch& batch) override;
  Status commit(const client::Position& next) override;
  void caught_up() override { listener_.caught_up(*store_); }

 private:
  TableWork() = default;

  std::unique_ptr<sql::Engine> engine_;  // outlives run_
  std::unique_ptr<sql::FoldRun> run_;
  std::unique_ptr<TableStore> store_;
  Listener listener_;
  std::vector<sql::InputEvent> events_;
  EventTimes times_;
  sql::FoldResult result_;
};

}  // namespace daybook::views::table

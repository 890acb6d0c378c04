// The kind `table` at work: the fold's queries run over each batch in DuckDB, and their result is
// merged into the rows that the view has.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/engine.h"
#include "sql/fold_plan.h"
#include "sql/fold_run.h"
#include "views/fold.h"
#include "views/kinds/table/table_layout.h"
#include "views/kinds/table/table_merge.h"

namespace daybook::views::table {

class TableFold final : public Fold {
 public:
  // `engine` has the plan's input, of schema `schema`. `view` is the name that users see.
  static Result<std::unique_ptr<TableFold>> make(std::unique_ptr<sql::Engine> engine,
                                                 sql::FoldPlan plan, const sql::InputSchema& schema,
                                                 std::string view);

  const std::string& fingerprint() const override { return plan_.fingerprint; }
  std::vector<ResultColumn> columns() const override;
  bool reads_headers() const override { return run_->reads(sql::PseudoColumn::kHeaders); }
  // Not if the key is a part only of what rows are grouped by.
  bool has_one_row_per_key() const override { return layout_.groups.size() == plan_.key.size(); }
  Status trace() override;
  Status for_each_touch(const TakeTouch& take) override;
  Status create(sqlite::Database& database) override;
  Status open(sqlite::Database& database) override;
  Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events) override;
  Result<std::int64_t> apply() override;

 private:
  TableFold(std::unique_ptr<sql::Engine> engine, sql::FoldPlan plan, sql::InputSchema schema,
            std::string view)
      : engine_(std::move(engine)),
        plan_(std::move(plan)),
        schema_(std::move(schema)),
        layout_(make_layout(plan_, std::move(view))) {}
  EventPlace place_of(std::int64_t order) const;

  std::unique_ptr<sql::Engine> engine_;  // outlives run_
  const sql::FoldPlan plan_;
  const sql::InputSchema schema_;
  const TableLayout layout_;
  std::unique_ptr<sql::FoldRun> run_;
  std::unique_ptr<TableMerge> merge_;
  std::span<const sql::InputEvent> events_;
  sql::FoldResult result_;
};

}  // namespace daybook::views::table

#include "sql/fold_run.h"

#include <algorithm>
#include <set>

namespace daybook::sql {

Result<std::unique_ptr<FoldRun>> FoldRun::prepare(Engine& engine, const FoldPlan& plan,
                                                  const InputSchema& schema) {
  std::unique_ptr<FoldRun> run(new FoldRun);
  std::set<std::size_t> columns;
  const auto add = [&](const std::string& sql) -> Status {
    DAYBOOK_TRY(auto statement, engine.prepare(sql));
    columns.insert(statement->input_columns().begin(), statement->input_columns().end());
    run->statements_.push_back(std::move(statement));
    return {};
  };
  DAYBOOK_TRY_VOID(add(plan.partial_sql));
  for (const auto& side : plan.sides) DAYBOOK_TRY_VOID(add(side.sql));
  if (!plan.finish_sql.empty()) {
    DAYBOOK_TRY(run->finish_, FoldFinish::prepare(engine, plan));
  }
  run->batch_ = std::make_unique<DecodedBatch>(
      schema, std::vector<std::size_t>(columns.begin(), columns.end()));
  return run;
}

Result<FoldResult> FoldRun::compute(std::span<const InputEvent> events) {
  FoldResult result;
  result.finish = finish_.get();
  for (const auto& event : events) result.newest_ms = std::max(result.newest_ms, event.clock_ms);
  result.rejected = batch_->decode(events);
  auto status = run_all(result);
  if (!status && status.error().code == ErrorCode::kInvalid) {
    DAYBOOK_TRY_VOID(exclude_failing(0, batch_->place_count(), result));
    batch_->unrestrict();
    status = run_all(result);
  }
  if (!status) return std::unexpected(std::move(status.error()));
  return result;
}

Status FoldRun::run_all(FoldResult& result) {
  result.sides.clear();
  DAYBOOK_TRY(result.partial, statements_[0]->run(*batch_));
  for (std::size_t i = 1; i < statements_.size(); ++i) {
    DAYBOOK_TRY(auto rows, statements_[i]->run(*batch_));
    result.sides.push_back(std::move(rows));
  }
  return {};
}

// Halves the range until the events that fail stand alone.
Status FoldRun::exclude_failing(std::size_t first, std::size_t last, FoldResult& result) {
  batch_->restrict_to(first, last);
  const auto status = run_all(result);
  if (status || status.error().code != ErrorCode::kInvalid) return status;
  if (last - first == 1) {
    result.rejected.push_back({batch_->event_at(first), "SQL: " + status.error().message});
    batch_->exclude(first);
    return {};
  }
  const auto middle = first + (last - first) / 2;
  DAYBOOK_TRY_VOID(exclude_failing(first, middle, result));
  return exclude_failing(middle, last, result);
}

}  // namespace daybook::sql

#include "sql/rows/batch_run.h"

#include <set>

namespace daybook::sql {

Result<std::unique_ptr<BatchRun>> BatchRun::prepare(Engine& engine,
                                                    const std::vector<std::string>& statements,
                                                    const InputSchema& schema,
                                                    BatchLookups lookups) {
  std::unique_ptr<BatchRun> run(new BatchRun);
  auto columns = lookups.input_columns();
  run->lookups_ = std::move(lookups);
  for (const auto& sql : statements) {
    DAYBOOK_TRY(auto statement, engine.prepare(sql));
    columns.insert(statement->input_columns().begin(), statement->input_columns().end());
    run->statements_.push_back(std::move(statement));
  }
  run->batch_ = std::make_unique<DecodedBatch>(
      schema, std::vector<std::size_t>(columns.begin(), columns.end()));
  return run;
}

Result<BatchResult> BatchRun::compute(std::span<const InputEvent> events) {
  BatchResult result;
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

Status BatchRun::run_all(BatchResult& result) {
  result.rows.clear();
  DAYBOOK_TRY_VOID(lookups_.fill(*batch_));
  for (const auto& statement : statements_) {
    DAYBOOK_TRY(auto rows, statement->run(*batch_));
    result.rows.push_back(std::move(rows));
  }
  return {};
}

// Halves the range until the events that fail stand alone.
Status BatchRun::exclude_failing(std::size_t first, std::size_t last, BatchResult& result) {
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

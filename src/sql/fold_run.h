// Runs a fold's queries over a batch of events. Every query sees the same rows: an event that
// cannot be decoded, or that makes the SQL fail (a cast that does not fit, say), is left out of all
// of them and reported; the others are computed as if it had never been there.
//
// One thread.

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "sql/decoded_batch.h"
#include "sql/engine.h"
#include "sql/fold_finish.h"
#include "sql/fold_plan.h"

namespace daybook::sql {

// The results stay valid until the next compute().
struct FoldResult {
  std::unique_ptr<Rows> partial;
  std::vector<std::unique_ptr<Rows>> sides;  // as FoldPlan::sides
  FoldFinish* finish = nullptr;              // if the plan has columns to compute, or HAVING
  std::vector<RejectedEvent> rejected;
  std::int64_t newest_ms = 0;  // the largest clock_ms of the events
};

class FoldRun {
 public:
  // The engine has the plan's input, and outlives this.
  static Result<std::unique_ptr<FoldRun>> prepare(Engine& engine, const FoldPlan& plan,
                                                  const InputSchema& schema);

  // `events` must outlive the use of the result.
  Result<FoldResult> compute(std::span<const InputEvent> events);

  // The event behind a value of _order in the result of the last compute().
  std::size_t event_of_row(std::size_t order) const { return batch_->event_of(order); }

 private:
  FoldRun() = default;
  Status run_all(FoldResult& result);
  Status exclude_failing(std::size_t first, std::size_t last, FoldResult& result);

  std::vector<std::unique_ptr<Statement>> statements_;  // the partial query, then the sides
  std::unique_ptr<DecodedBatch> batch_;
  std::unique_ptr<FoldFinish> finish_;
};

}  // namespace daybook::sql

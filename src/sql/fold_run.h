// Runs a fold's queries over a batch of events; sql/rows/batch_run.h says which events are left
// out.
//
// One thread.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "sql/engine.h"
#include "sql/fold_finish.h"
#include "sql/fold_plan.h"
#include "sql/rows/batch_run.h"

namespace daybook::sql {

// The results stay valid until the next compute().
struct FoldResult {
  std::unique_ptr<Rows> partial;
  std::vector<std::unique_ptr<Rows>> sides;  // as FoldPlan::sides
  FoldFinish* finish = nullptr;              // if the plan has columns to compute, or HAVING
  std::unique_ptr<Rows> touches;             // of FoldPlan::touches_sql, if it was asked for
  std::vector<RejectedEvent> rejected;
  std::int64_t newest_ms = 0;  // the largest clock_ms of the events
};

class FoldRun {
 public:
  enum class Touches : std::uint8_t { kNo, kYes };

  // The engine has the plan's input, and outlives this.
  static Result<std::unique_ptr<FoldRun>> prepare(Engine& engine, const FoldPlan& plan,
                                                  const InputSchema& schema,
                                                  Touches touches = Touches::kNo);

  // `events` must outlive the use of the result.
  Result<FoldResult> compute(std::span<const InputEvent> events);

  // The event behind a value of _order in the result of the last compute().
  std::size_t event_of_row(std::size_t order) const { return run_->event_of_row(order); }
  // Whether one of the queries reads it.
  bool reads(PseudoColumn column) const { return run_->reads(column); }

 private:
  FoldRun() = default;

  std::unique_ptr<BatchRun> run_;  // of the partial query, then the sides, then the touches
  bool has_touches_ = false;
  std::unique_ptr<FoldFinish> finish_;
};

}  // namespace daybook::sql

#include "sql/fold_run.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace daybook::sql {

Result<std::unique_ptr<FoldRun>> FoldRun::prepare(Engine& engine, const FoldPlan& plan,
                                                  const InputSchema& schema, Touches touches) {
  std::unique_ptr<FoldRun> run(new FoldRun);
  std::vector<std::string> statements = {plan.partial_sql};
  for (const auto& side : plan.sides) statements.push_back(side.sql);
  run->has_touches_ = touches == Touches::kYes;
  if (run->has_touches_) statements.push_back(plan.touches_sql);
  DAYBOOK_TRY(run->run_, BatchRun::prepare(engine, statements, schema));
  if (!plan.finish_sql.empty()) {
    DAYBOOK_TRY(run->finish_, FoldFinish::prepare(engine, plan));
  }
  return run;
}

Result<FoldResult> FoldRun::compute(std::span<const InputEvent> events) {
  FoldResult result;
  result.finish = finish_.get();
  for (const auto& event : events) result.newest_ms = std::max(result.newest_ms, event.clock_ms);
  DAYBOOK_TRY(auto batch, run_->compute(events));
  result.partial = std::move(batch.rows.front());
  if (has_touches_) {
    result.touches = std::move(batch.rows.back());
    batch.rows.pop_back();
  }
  std::move(batch.rows.begin() + 1, batch.rows.end(), std::back_inserter(result.sides));
  result.rejected = std::move(batch.rejected);
  return result;
}

}  // namespace daybook::sql

// Runs statements over a batch of events. Every statement sees the same rows: an event that cannot
// be decoded, or that makes the SQL fail (a cast that does not fit, say), is left out of all of
// them and reported; the others are computed as if it had never been there.
//
// One thread.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/decoded_batch.h"
#include "sql/engine.h"
#include "sql/rows/batch_lookups.h"

namespace daybook::sql {

// Valid until the next compute().
struct BatchResult {
  std::vector<std::unique_ptr<Rows>> rows;  // of each statement
  std::vector<RejectedEvent> rejected;
};

class BatchRun {
 public:
  // The engine's input has the schema; the engine outlives this. `lookups` are what the statements
  // join.
  static Result<std::unique_ptr<BatchRun>> prepare(Engine& engine,
                                                   const std::vector<std::string>& statements,
                                                   const InputSchema& schema,
                                                   BatchLookups lookups = {});

  // `events` must outlive the use of the result.
  Result<BatchResult> compute(std::span<const InputEvent> events);

  const Statement& statement(std::size_t i) const { return *statements_[i]; }
  // Whether one of the statements reads it.
  bool reads(PseudoColumn column) const {
    return batch_->column(static_cast<std::size_t>(column)) != nullptr;
  }
  // The event behind a value of _order in the result of the last compute().
  std::size_t event_of_row(std::size_t order) const { return batch_->event_of(order); }

 private:
  BatchRun() = default;
  Status run_all(BatchResult& result);
  Status exclude_failing(std::size_t first, std::size_t last, BatchResult& result);

  std::vector<std::unique_ptr<Statement>> statements_;
  BatchLookups lookups_;
  std::unique_ptr<DecodedBatch> batch_;
};

}  // namespace daybook::sql

// The rows that a processor's SQL makes of windows: of many windows in one run, each of all of its
// events at once.
//
// What comes of a window depends on its events alone. So what a session gave before some events
// came is found by computing it without them, and need not be remembered.
//
// One thread; what it is given outlives it.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/processor_spec.h"
#include "flow/row_output.h"
#include "flow/row_record.h"
#include "flow/window/open_windows.h"
#include "sql/decoded_batch.h"
#include "sql/engine.h"

namespace daybook::flow {

// A window whose rows are to be computed.
struct EmittedWindow {
  Window window;
  std::size_t record = 0;    // of the batch: the event that it is emitted with
  std::size_t number = 0;    // among those that are emitted with the batch, in their order
  std::int64_t time_ms = 0;  // of its rows, if the SQL does not say
};

class WindowRows {
 public:
  // `statement`: sql::WindowPlan::windows, with the columns of `shape`.
  WindowRows(const WindowSpec& spec, sql::Statement& statement, sql::DecodedBatch& batch,
             RowShape& shape)
      : spec_(spec), statement_(statement), batch_(batch), shape_(shape) {}

  using Failed = std::function<void(const EmittedWindow& window, const std::string& reason)>;
  // Adds the rows to `out`: those of a window by its number, in the order of the first events that
  // they are of. No two of the windows have key and start in common. One that the SQL fails on has
  // no rows, and `failed` is told.
  Status compute(std::span<const EmittedWindow> windows, RowOutput& out, const Failed& failed);

 private:
  Status run(std::span<const EmittedWindow> windows, RowOutput& out);
  Status take_row(const sql::Rows& rows, std::size_t i, const EmittedWindow& window,
                  RowOutput& out);

  const WindowSpec& spec_;
  sql::Statement& statement_;
  sql::DecodedBatch& batch_;
  RowShape& shape_;
  sql::Cell cell_;
};

// Adds tombstones to `out` for those of the rows `earlier` whose key, in the partition and topic
// that they were written to, none of the rows of `out` from `first` on has; each before the rows of
// its number.
void withdraw(std::span<const RowRecord> earlier, RowOutput& out, std::size_t first);

}  // namespace daybook::flow

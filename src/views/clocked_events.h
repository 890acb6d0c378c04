// The records of a batch as events, each with its clock: the largest timestamp of its partition up
// to it, which their order goes by.
//
// One thread; reused from batch to batch.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "client/log_client.h"
#include "sql/input.h"
#include "views/view_file.h"

namespace daybook::views {

class ClockedEvents {
 public:
  // Goes on from `times`, and moves them. `with_headers`: fills in the events' headers.
  void take(const client::Batch& batch, EventTimes& times, bool with_headers);

  // In the order of the batch's records. Valid until the next take(), and as long as the batch.
  std::span<const sql::InputEvent> events() const { return events_; }

 private:
  std::vector<sql::InputEvent> events_;
  std::vector<std::string> headers_;  // of the events, as JSON
};

}  // namespace daybook::views

// The port between the task loop and what is done with the events: a view's fold, later a
// processor's. The loop fetches and decides when; the work computes and keeps, together in one
// durable step, its results and the position they are the result of.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::flow {

// A record that could not be applied, and why.
struct Rejection {
  std::size_t record = 0;  // index into the batch's records
  std::string reason;
  bool is_late = false;  // nothing is wrong with it but its time: it stops nobody
};

class Work {
 public:
  virtual ~Work() = default;

  // Everything below it is in the results; nothing else is. Partitions never read are absent.
  virtual const client::Position& position() const = 0;

  // Computes over the batch without keeping anything yet. The batch outlives the next commit().
  // An error leaves the work as it was; the same batch may come again.
  virtual Result<std::vector<Rejection>> compute(const client::Batch& batch) = 0;

  // Makes the results of the last compute() and `next` durable, in one step: after a crash both are
  // there or neither. Or keeps both in memory until settle(): position() is `next` then, and work
  // that is made anew begins at an earlier one. An error leaves the work as it was.
  virtual Status commit(const client::Position& next) = 0;

  // Work whose commit() may hold back what is better written together makes it durable here: if it
  // has waited long enough, or, with `now`, in any case. Called whenever a fetch brought nothing.
  virtual Status settle(bool now) {
    (void)now;
    return {};
  }

  // The position has reached the end of the log, as far as it is known. Fails as commit() does.
  virtual Status caught_up() = 0;
};

}  // namespace daybook::flow

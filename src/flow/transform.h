// The port between a processor's loop and what it computes: a batch of events in, records out,
// which the loop writes in one transaction with the position behind the batch.
//
// One thread, but for cancel().

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "client/transactions.h"
#include "flow/processor_spec.h"
#include "flow/work.h"

namespace daybook::flow {

class Transform {
 public:
  virtual ~Transform() = default;

  // The columns of what it writes.
  virtual const std::vector<client::Column>& columns() const = 0;
  // How many partitions each output has, in the order of the processor's outputs. Before compute().
  virtual void set_partitions(std::vector<std::int32_t> partitions) = 0;
  // The partitions that the events come from by now, and where: what was remembered of others is
  // forgotten, and what must be known of these is read back. Before compute(), and again whenever
  // they change.
  virtual Status assign(const client::Position& start) = 0;
  // Computes over the batch, which outlives the next emit(). An error leaves it as it was.
  virtual Result<std::vector<Rejection>> compute(const client::Batch& batch) = 0;
  // Writes the records of the last compute(): those of an event after those of the events before
  // it.
  virtual Status emit(client::TransactionalWriter& writer) = 0;

  // How many events a batch may have at most by now.
  virtual std::size_t max_events() const { return kMaxBatchEvents; }
  // Instead of compute() when no events have come. An error is one of its own.
  virtual Status idle() { return {}; }
  // By any thread: it is to be given up, and what is under way may end at once, with kCancelled.
  virtual void cancel() {}
};

// Makes what a processor computes, once the columns of its inputs are known. `log` is where it may
// read earlier events, and outlives it.
using MakeTransform = std::function<Result<std::unique_ptr<Transform>>(
    client::LogClient& log, const ProcessorSpec& spec, const std::vector<client::Schema>& schemas)>;

}  // namespace daybook::flow

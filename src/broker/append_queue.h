// The appends of produce requests that have come together on a connection. They wait here until the
// last of these requests was looked at, so that those for one partition take one write instead of
// one each. What waits is bounded by kMaxGatheredAppends and kMaxGatheredBytes.
//
// Appends to a partition happen in the order in which they were added. Nothing waits while the
// connection waits for anything or handles a request other than Produce: its owner flushes before.
//
// Threads: the connection's.

#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "log/partition.h"

namespace daybook::broker {

class AppendQueue {
 public:
  using Done = std::move_only_function<void(log::AppendResult)>;

  // `done` gets what log.append(batch) gives, in flush(); it keeps the partition alive. The bytes
  // of `batch` stay where they are until then.
  void add(log::Partition& log, BytesView batch, Done done);
  void flush();

 private:
  struct Append {
    log::Partition* log;
    BytesView batch;
    Done done;
  };
  std::vector<Append> appends_;
  std::size_t size_bytes_ = 0;
};

}  // namespace daybook::broker

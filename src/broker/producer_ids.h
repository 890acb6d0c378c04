// Gives idempotent producers their ids. Blocks of ids are reserved durably in the catalog before
// the first of a block is given out, so that none is ever given out twice.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace daybook::broker {

class Decisions;

class ProducerIds {
 public:
  using Taken = std::move_only_function<void(Result<ProducerId>)>;

  explicit ProducerIds(Decisions& decisions) : decisions_(decisions) {}

  // `taken` is called once: at once, or on the decisions' thread when a new block is durable.
  void take(Taken taken);

 private:
  void reserve();
  void on_block(Result<ProducerId> first);

  Decisions& decisions_;
  std::mutex mutex_;
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
  std::vector<Taken> waiting_;  // not empty: a block is being reserved
};

}  // namespace daybook::broker

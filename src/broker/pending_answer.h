// The answer to a request whose parts are decided elsewhere, one after the other: whoever finishes
// last sends it. Whoever makes one finishes a part of it as well, when all others were begun.
//
// Threads: any; each part of the response is written by one.

#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "broker/reply.h"

namespace daybook::broker {

template <class Response>
class PendingAnswer {
 public:
  explicit PendingAnswer(Reply<Response> reply) : reply_(std::move(reply)) {}

  // Nothing in it may be moved while a part is being decided.
  Response response;

  void begin_one() { ++open_; }
  void finish_one() {
    if (open_.fetch_sub(1) == 1) reply_(response);
  }

 private:
  Reply<Response> reply_;
  std::atomic<std::size_t> open_ = 1;
};

}  // namespace daybook::broker

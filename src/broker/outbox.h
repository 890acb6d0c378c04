// Answers that were decided under a lock and are sent after it is released, or after what they tell
// is durable: sending may run into other parts of the broker, which have locks of their own.

#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "wire/error_code.h"

namespace daybook::broker {

class Outbox {
 public:
  // Answers through `reply` with `answer`, later.
  template <class Reply, class Answer>
  void add(Reply reply, Answer answer) {
    waiting_.push_back(
        [reply = std::move(reply), answer = std::move(answer)](wire::KafkaError instead) mutable {
          if (instead != wire::KafkaError::kNone) {
            answer = Answer{};
            answer.error = instead;
          }
          reply(std::move(answer));
        });
  }

  // In the order in which they were added; each with the error `instead`, if there is one. Not
  // while holding the lock.
  void deliver(wire::KafkaError instead = wire::KafkaError::kNone) {
    auto sends = std::exchange(waiting_, {});
    for (auto& send : sends) send(instead);
  }

  bool empty() const { return waiting_.empty(); }

 private:
  std::vector<std::move_only_function<void(wire::KafkaError)>> waiting_;
};

}  // namespace daybook::broker

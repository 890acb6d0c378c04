// Answers that were decided under a lock and are sent after it is released: sending may run into
// other parts of the broker, which have locks of their own.

#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace daybook::broker {

class Outbox {
 public:
  void add(std::move_only_function<void()> send) { waiting_.push_back(std::move(send)); }

  // Answers through `reply` with `result`, later.
  template <class Reply, class Answer>
  void add(Reply reply, Answer answer) {
    add([reply = std::move(reply), answer = std::move(answer)]() mutable {
      reply(std::move(answer));
    });
  }

  // In the order in which they were added. Not while holding the lock.
  void deliver() {
    auto sends = std::exchange(waiting_, {});
    for (auto& send : sends) send();
  }

 private:
  std::vector<std::move_only_function<void()>> waiting_;
};

}  // namespace daybook::broker

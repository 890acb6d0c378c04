#include "broker/decisions.h"

#include <algorithm>
#include <future>
#include <utility>

#include "broker/limits.h"
#include "broker/metrics.h"

namespace daybook::broker {

Decisions::Decisions(std::unique_ptr<catalog::Catalog> catalog, Metrics& metrics)
    : catalog_(std::move(catalog)), metrics_(metrics), thread_([this] { loop(); }) {}

Decisions::~Decisions() {
  stop();
}

void Decisions::decide(catalog::Decision decision, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      decisions_.push_back(std::move(decision));
      dones_.push_back(std::move(done));
      changed_.notify_one();
      return;
    }
  }
  done(fail(ErrorCode::kCancelled, "the server is stopping"));
}

Status Decisions::decide_and_wait(catalog::Decision decision) {
  std::promise<Status> promise;
  std::future<Status> result = promise.get_future();
  decide(std::move(decision), [&](Status status) { promise.set_value(std::move(status)); });
  return result.get();
}

void Decisions::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  catalog_.reset();
}

void Decisions::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !decisions_.empty(); });
    if (decisions_.empty()) return;
    const auto decisions = std::exchange(decisions_, {});
    auto dones = std::exchange(dones_, {});
    lock.unlock();
    for (std::size_t at = 0; at < decisions.size(); at += kMaxDecisionsPerTransaction) {
      const std::size_t count = std::min(kMaxDecisionsPerTransaction, decisions.size() - at);
      std::vector<Status> results = catalog_->decide(std::span(decisions).subspan(at, count));
      ++metrics_.catalog_transactions;
      for (std::size_t i = 0; i < count; ++i) dones[at + i](std::move(results[i]));
    }
    dones.clear();
    lock.lock();
  }
}

}  // namespace daybook::broker

#include "broker/append_queue.h"

#include <algorithm>
#include <utility>

#include "broker/limits.h"

namespace daybook::broker {

void AppendQueue::add(log::Partition& log, BytesView batch, Done done) {
  appends_.push_back({&log, batch, std::move(done)});
  size_bytes_ += batch.size();
  if (appends_.size() >= kMaxGatheredAppends || size_bytes_ >= kMaxGatheredBytes) flush();
}

void AppendQueue::flush() {
  std::ranges::stable_sort(appends_, {}, &Append::log);
  std::vector<BytesView> batches;
  for (auto next = appends_.begin(); next != appends_.end();) {
    log::Partition* const log = next->log;
    const auto first = next;
    batches.clear();
    for (; next != appends_.end() && next->log == log; ++next) batches.push_back(next->batch);
    auto results = log->append_all(batches);
    for (std::size_t i = 0; i < results.size(); ++i) {
      first[static_cast<std::ptrdiff_t>(i)].done(std::move(results[i]));
    }
  }
  appends_.clear();
  size_bytes_ = 0;
}

}  // namespace daybook::broker

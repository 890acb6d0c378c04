#include "flow/rate.h"

namespace daybook::flow {

void Rate::record(Time now, std::int64_t total) {
  constexpr auto kSpacing = kWindow / (kMaxSamples - 1);
  // The newest sample moves until it is far enough from the one before it.
  if (samples_.size() >= 2 && now - samples_[samples_.size() - 2].time < kSpacing) {
    samples_.pop_back();
  }
  samples_.push_back({now, total});
  while (samples_.size() > kMaxSamples || now - samples_.front().time > 2 * kWindow) {
    if (samples_.size() == 1) break;
    samples_.pop_front();
  }
}

double Rate::per_second(Time now) const {
  if (samples_.empty()) return 0;
  const Sample* first = &samples_.back();
  for (const auto& sample : samples_) {
    if (now - sample.time <= kWindow) {
      first = &sample;
      break;
    }
  }
  const std::chrono::duration<double> elapsed = now - first->time;
  const auto events = static_cast<double>(samples_.back().total - first->total);
  return elapsed.count() <= 0 ? 0 : events / elapsed.count();
}

}  // namespace daybook::flow

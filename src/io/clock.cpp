#include "io/clock.h"

namespace daybook::io {
namespace {

class RealClock final : public Clock {
 public:
  TimestampMs wall() const override {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return TimestampMs{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace

Clock& real_clock() {
  static RealClock clock;
  return clock;
}

}  // namespace daybook::io

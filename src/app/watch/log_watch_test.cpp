#include "app/watch/log_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "client/forwarding_log.h"
#include "client/memory_log.h"

namespace daybook::app {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Dying final : public client::ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  Status reach(milliseconds limit) override {
    ++asked;
    if (is_away) return fail(ErrorCode::kUnavailable, "no broker answers");
    return ForwardingLog::reach(limit);
  }
  std::atomic<int> asked = 0;
  std::atomic<bool> is_away = false;
};

class Watching : public ::testing::Test {
 protected:
  // Until a question that was asked after this has been answered.
  void wait_for_answer() {
    const int now = log_.asked;
    while (log_.asked < now + 2) std::this_thread::yield();
  }

  const std::unique_ptr<client::LogClient> memory_ = client::make_memory_log();
  Dying log_{*memory_};
  io::ManualClock clock_{TimestampMs{1'767'225'600'000}};
};

TEST_F(Watching, ALogThatAnswersIsThereWhateverItHolds) {
  LogWatch watch(log_, clock_);
  wait_for_answer();
  clock_.advance(kLogPatience - milliseconds(1));
  EXPECT_TRUE(watch.check());
}

TEST_F(Watching, OneThatIsSilentForLongIsAwayUntilItAnswersAgain) {
  log_.is_away = true;
  LogWatch watch(log_, clock_);
  wait_for_answer();
  EXPECT_TRUE(watch.check()) << "a pause";
  clock_.advance(kLogPatience);
  const auto away = watch.check();
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(away.error().message,
              HasSubstr("not answered since 2026-01-01T00:00:00Z: no broker answers"));
  log_.is_away = false;
  wait_for_answer();
  EXPECT_TRUE(watch.check());
}

}  // namespace
}  // namespace daybook::app

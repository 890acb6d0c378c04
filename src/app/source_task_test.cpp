#include "app/source_task.h"

#include <gtest/gtest.h>

#include <atomic>

#include "client/memory_log.h"

namespace daybook::app {
namespace {

using std::chrono::milliseconds;

// What the sources of one test do, one attempt after the other: each entry is the error of an
// attempt; after the last, an attempt runs until it is stopped.
struct Script {
  std::vector<Error> failures;
  std::atomic<std::size_t> attempts = 0;
  std::atomic<bool> running = false;
};

class ScriptedSource final : public sources::Source {
 public:
  explicit ScriptedSource(Script& script) : script_(script) {}

  Status run(std::stop_token stop) override {
    const std::size_t attempt = script_.attempts++;
    if (attempt < script_.failures.size()) return std::unexpected(script_.failures[attempt]);
    script_.running = true;
    script_.running.notify_all();
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
    return {};
  }

  sources::SourceStatus status() const override {
    sources::SourceStatus status;
    status.events = 10;
    return status;
  }

 private:
  Script& script_;
};

class ScriptedPlan final : public sources::SourcePlan {
 public:
  std::optional<client::Schema> test_columns(const std::string&) const override { return {}; }
  std::unique_ptr<sources::GivenChanges> give_changes(client::LogClient&) const override {
    return nullptr;
  }
  explicit ScriptedPlan(Script& script) : script_(script) {}
  const std::vector<std::string>& topics() const override { return topics_; }
  std::unique_ptr<sources::Source> make(client::LogClient&, const io::Clock&) const override {
    return std::make_unique<ScriptedSource>(script_);
  }

 private:
  Script& script_;
  std::vector<std::string> topics_;
};

class ScriptedKind final : public sources::SourceKind {
 public:
  std::string_view name() const override { return "scripted"; }
  std::unique_ptr<sources::SourcePlan> plan(const sources::SourceSpec&, Options&) const override {
    return nullptr;
  }
};

class SourceTasks : public ::testing::Test {
 protected:
  SourceSection section_of(Script& script) {
    return {
        .name = "core", .place = {}, .kind = &kind, .plan = std::make_unique<ScriptedPlan>(script)};
  }

  const ScriptedKind kind;
  std::unique_ptr<client::LogClient> log = client::make_memory_log();
};

TEST_F(SourceTasks, ASourceThatGaveUpIsTriedAgainUntilItRuns) {
  const Error wrong{ErrorCode::kInvalid, "password refused"};
  Script script{.failures = {wrong, wrong, wrong, wrong}};
  const SourceSection section = section_of(script);
  const SourceTask task(section, *log, io::real_clock(), milliseconds(1));
  script.running.wait(false);
  EXPECT_EQ(script.attempts, 5U);
  EXPECT_EQ(task.status().events, 50U) << "of all the attempts";
  EXPECT_EQ(task.status().name, "core");
  EXPECT_EQ(task.status().kind, "scripted");
}

TEST_F(SourceTasks, StoppingDoesNotWaitForTheNextAttempt) {
  Script script{.failures = {Error{ErrorCode::kInvalid, "password refused"}}};
  const SourceSection section = section_of(script);
  const auto before = std::chrono::steady_clock::now();
  {
    SourceTask task(section, *log, io::real_clock(), milliseconds(600'000));
    while (script.attempts == 0) std::this_thread::yield();
    task.request_stop();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(60));
}

TEST_F(SourceTasks, ACorruptLogIsNotTriedAgain) {
  Script script{.failures = {Error{ErrorCode::kCorrupt, "bytes changed"}}};
  const SourceSection section = section_of(script);
  {
    const SourceTask task(section, *log, io::real_clock(), milliseconds(0));
    while (script.attempts == 0) std::this_thread::yield();
  }
  EXPECT_EQ(script.attempts, 1U);
}

}  // namespace
}  // namespace daybook::app

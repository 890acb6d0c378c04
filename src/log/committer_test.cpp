#include "log/committer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>

namespace daybook::log {
namespace {

constexpr std::chrono::seconds kDeadline{60};

// Counts its commits; each waits until it is let go, if it was told to.
class Probe : public Committable {
 public:
  void commit() override {
    EXPECT_FALSE(inside_.exchange(true)) << "two threads commit one partition";
    if (hold_) {
      entered_.set_value();
      EXPECT_EQ(go_.get_future().wait_for(kDeadline), std::future_status::ready);
      hold_ = false;
    }
    ++commits_;
    inside_ = false;
  }

  std::optional<JournalEntry> for_journal() override { return std::nullopt; }
  void journaled(const LogPoint&) override { ADD_FAILURE() << "nothing was given to a journal"; }
  Status settle() override { return {}; }

  std::atomic<bool> inside_ = false;
  std::atomic<bool> hold_ = false;
  std::atomic<int> commits_ = 0;
  std::promise<void> entered_;
  std::promise<void> go_;
};

TEST(Committer, SubmissionsBeforeACommitAreOne) {
  Committer committer(0);
  const auto probe = std::make_shared<Probe>();
  for (int i = 0; i < 5; ++i) committer.submit(probe);
  committer.commit_pending();
  EXPECT_EQ(probe->commits_, 1);
  committer.commit_pending();
  EXPECT_EQ(probe->commits_, 1);
}

TEST(Committer, ASubmissionDuringACommitIsCommittedAfterIt) {
  Committer committer(2);
  const auto probe = std::make_shared<Probe>();
  probe->hold_ = true;
  committer.submit(probe);
  ASSERT_EQ(probe->entered_.get_future().wait_for(kDeadline), std::future_status::ready);
  for (int i = 0; i < 5; ++i) committer.submit(probe);
  probe->go_.set_value();
  committer.wait_idle(*probe);
  EXPECT_EQ(probe->commits_, 2);
}

TEST(Committer, OneSlowPartitionDoesNotHoldUpTheOthers) {
  Committer committer(2);
  const auto slow = std::make_shared<Probe>();
  const auto other = std::make_shared<Probe>();
  slow->hold_ = true;
  committer.submit(slow);
  ASSERT_EQ(slow->entered_.get_future().wait_for(kDeadline), std::future_status::ready);
  committer.submit(other);
  committer.wait_idle(*other);
  EXPECT_EQ(other->commits_, 1);
  EXPECT_EQ(slow->commits_, 0);
  slow->go_.set_value();
}

TEST(Committer, WhatIsSubmittedAtOnceIsCommittedBesideEachOther) {
  constexpr std::size_t kThreads = 4;
  Committer committer(kThreads);
  std::vector<std::shared_ptr<Probe>> probes;
  for (std::size_t i = 0; i < kThreads; ++i) {
    probes.push_back(std::make_shared<Probe>());
    probes.back()->hold_ = true;
  }
  for (const auto& probe : probes) committer.submit(probe);
  for (const auto& probe : probes) {
    EXPECT_EQ(probe->entered_.get_future().wait_for(kDeadline), std::future_status::ready);
  }
  for (const auto& probe : probes) probe->go_.set_value();
  for (const auto& probe : probes) committer.wait_idle(*probe);
}

TEST(Committer, TheDestructorCommitsWhatIsQueued) {
  const auto probe = std::make_shared<Probe>();
  {
    Committer(1).submit(probe);
  }
  EXPECT_EQ(probe->commits_, 1);
}

TEST(Committer, HoldsOnToWhatIsQueued) {
  Committer committer(0);
  auto probe = std::make_shared<Probe>();
  const std::weak_ptr<Probe> weak = probe;
  committer.submit(std::move(probe));
  EXPECT_FALSE(weak.expired());
  committer.commit_pending();
  EXPECT_TRUE(weak.expired());
}

}  // namespace
}  // namespace daybook::log

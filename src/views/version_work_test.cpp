#include "views/version_work.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "views/kinds/document/document_plan.h"
#include "views/version_reader.h"
#include "views/view_spec.h"

namespace daybook::views {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const client::TopicPartition kSource{"t", PartitionId{0}};

// Events `first` to `end` of the topic, each of a row of its own.
class Events final : public client::Batch {
 public:
  Events(std::int64_t first, std::int64_t end) : sources_{kSource} {
    for (auto i = first; i < end; ++i) values_.push_back(R"({"id":)" + std::to_string(i) + "}");
    for (const auto& value : values_) {
      records_.push_back({0, Offset{first++}, TimestampMs{1}, "key", value});
    }
  }
  const std::vector<client::TopicPartition>& sources() const override { return sources_; }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t) const override { return {}; }

 private:
  std::vector<client::TopicPartition> sources_;
  std::vector<std::string> values_;
  std::vector<client::RecordView> records_;
};

// A document per event, and what another connection sees of them.
class VersionWorkTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMany = kManyEvents;

  VersionWorkTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook_work_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    open();
  }
  ~VersionWorkTest() override { std::filesystem::remove_all(folder_); }

  void open() {
    work_.reset();
    const auto plan = document::make_document_plan({.key = {"id"}});
    auto fold = plan->make_fold({"v", "t", "t", std::nullopt}, {});
    ASSERT_TRUE(fold) << fold.error().message;
    auto file = VersionFile::open(path(), "v", 1, "", std::move(*fold));
    ASSERT_TRUE(file) << file.error().message;
    VersionWork::Listener listener{[this](const VersionFile&) { ++commits_; }, [](VersionFile&) {}};
    listener.is_awaited = [this] { return is_awaited_; };
    work_ = std::make_unique<VersionWork>(std::move(*file), std::move(listener));
    commits_ = 0;
  }

  // The next `count` events.
  void apply(std::int64_t count) {
    auto next = work_->position();
    const auto first = next[kSource].value;
    const Events batch(first, first + count);
    const auto rejected = work_->compute(batch);
    ASSERT_TRUE(rejected) << rejected.error().message;
    ASSERT_THAT(*rejected, IsEmpty());
    client::advance(next, batch);
    const auto committed = work_->commit(next);
    ASSERT_TRUE(committed) << committed.error().message;
  }

  std::int64_t applied() const { return work_->position().at(kSource).value; }

  // By another connection: how many rows there are, which must be as many as the position says.
  std::int64_t seen() const {
    const auto reader = VersionReader::open(path()).value();
    const auto position = reader->position().value();
    const auto rows = reader->row_count().value();
    EXPECT_EQ(rows, position.empty() ? 0 : position.at(kSource).value);
    return rows;
  }

  std::string path() const { return folder_ + "/v1.db"; }

  std::string folder_;
  std::unique_ptr<VersionWork> work_;
  int commits_ = 0;
  bool is_awaited_ = false;
};

TEST_F(VersionWorkTest, SmallBatchIsSeenAtOnce) {
  apply(10);
  EXPECT_EQ(seen(), 10);
}

TEST_F(VersionWorkTest, LargeBatchesShareATransactionUntilTheLogIsQuiet) {
  apply(kMany);
  apply(kMany);
  EXPECT_EQ(applied(), 2 * kMany);
  EXPECT_EQ(seen(), 0);
  ASSERT_TRUE(work_->settle(false));
  EXPECT_EQ(seen(), 2 * kMany);
  EXPECT_EQ(commits_, 1);
}

TEST_F(VersionWorkTest, SmallBatchEndsTheTransactionOfThoseBeforeIt) {
  apply(kMany);
  apply(1);
  EXPECT_EQ(seen(), kMany + 1);
  EXPECT_EQ(commits_, 1);
}

TEST_F(VersionWorkTest, WhatIsAwaitedIsCommitted) {
  apply(kMany);
  is_awaited_ = true;
  apply(kMany);
  EXPECT_EQ(seen(), 2 * kMany);
}

TEST_F(VersionWorkTest, EndOfTheLogEndsTheTransaction) {
  apply(kMany);
  ASSERT_TRUE(work_->caught_up());
  EXPECT_EQ(seen(), kMany);
  EXPECT_EQ(commits_, 1);
}

TEST_F(VersionWorkTest, WorkThatIsMadeAnewBeginsAtTheLastCommit) {
  apply(5);
  apply(kMany);
  open();
  EXPECT_EQ(applied(), 5);
  apply(kMany);
  ASSERT_TRUE(work_->settle(true));
  EXPECT_EQ(seen(), kMany + 5);
}

}  // namespace
}  // namespace daybook::views

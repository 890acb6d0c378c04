#include "views/changes/sole_writer.h"

#include <gtest/gtest.h>

#include <map>

#include "client/memory_log.h"
#include "client/past_records.h"
#include "views/changes/topic_range.h"

namespace daybook::views {
namespace {

constexpr const char* kTopic = "bank.balances";

// A log in memory, from whose groups members are put out as if they had been silent for too long:
// they learn of it late, or never.
class SilencedTransactions final : public client::Transactions {
 public:
  explicit SilencedTransactions(client::LogClient& log)
      : transactions_(client::make_memory_transactions(log)) {}

  // As long as it is not told, the member thinks that it has what it had.
  bool knows = true;
  bool has_turn = true;

  Result<std::unique_ptr<client::MemberReader>> join(const client::GroupSpec& spec) override {
    auto alone = spec;
    alone.group += std::to_string(reinterpret_cast<std::uintptr_t>(this));
    DAYBOOK_TRY(auto member, transactions_->join(alone));
    member_ = member.get();
    return std::make_unique<Member>(*this, std::move(member));
  }
  Result<std::unique_ptr<client::TransactionalWriter>> make_writer(const std::string& id) override {
    DAYBOOK_TRY(auto writer, transactions_->make_writer(id));
    return std::make_unique<Writer>(*this, std::move(writer));
  }

 private:
  class Member final : public client::MemberReader {
   public:
    Member(SilencedTransactions& owner, std::unique_ptr<client::MemberReader> member)
        : owner_(owner), member_(std::move(member)) {}
    Result<std::unique_ptr<client::Batch>> fetch(std::size_t records, std::size_t bytes,
                                                 client::milliseconds wait) override {
      return member_->fetch(records, bytes, wait);
    }
    const client::Position& assigned() const override {
      return owner_.has_turn || !owner_.knows ? member_->assigned() : nothing_;
    }
    std::uint64_t assignments() const override { return member_->assignments(); }

   private:
    SilencedTransactions& owner_;
    std::unique_ptr<client::MemberReader> member_;
    const client::Position nothing_;
  };

  class Writer final : public client::TransactionalWriter {
   public:
    Writer(SilencedTransactions& owner, std::unique_ptr<client::TransactionalWriter> writer)
        : owner_(owner), writer_(std::move(writer)) {}
    Status begin() override { return writer_->begin(); }
    Status write(const client::OutgoingRecord& record) override { return writer_->write(record); }
    Status commit(client::MemberReader&, const client::Position& next) override {
      return writer_->commit(*owner_.member_, next);
    }
    Status abort() override { return writer_->abort(); }

   private:
    SilencedTransactions& owner_;
    std::unique_ptr<client::TransactionalWriter> writer_;
  };

  const std::unique_ptr<client::Transactions> transactions_;
  client::MemberReader* member_ = nullptr;  // the newest that has joined
};

class SoleWriterTest : public ::testing::Test {
 protected:
  SoleWriterTest() { EXPECT_TRUE(log_->create_topic({kTopic, 2, {}})); }

  static Status put(SoleWriter& writer, const std::string& key, const std::string& value) {
    DAYBOOK_TRY_VOID(writer.begin());
    DAYBOOK_TRY_VOID(writer.write(key, value));
    return writer.commit();
  }

  std::map<std::string, std::string> values() {
    std::map<std::string, std::string> last;
    const auto range = range_of(*log_, kTopic).value();
    EXPECT_TRUE(
        client::read_between(*log_, range.begin, range.end, [&](const client::Batch& batch) {
          for (const auto& record : batch.records()) {
            last[std::string(*record.key)] = record.value.value_or("gone");
          }
          return Status();
        }));
    return last;
  }

  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  SilencedTransactions group_{*log_};
  SilencedTransactions other_group_{*log_};
  SoleWriter one_{*log_, group_, kTopic, "one"};
  SoleWriter other_{*log_, other_group_, kTopic, "other"};
};

using Turn = SoleWriter::Turn;

TEST_F(SoleWriterTest, WhoWakesUpLateCannotBringBackAnOlderValue) {
  ASSERT_EQ(one_.turn().value(), Turn::kNew);
  ASSERT_TRUE(put(one_, "k", "1"));
  group_.knows = false;
  ASSERT_EQ(other_.turn().value(), Turn::kNew);
  ASSERT_TRUE(put(other_, "k", "2"));
  // It thinks that it is still the one.
  EXPECT_EQ(one_.turn().value(), Turn::kKept);
  const auto late = put(one_, "k", "1");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kFenced) << late.error().message;
  EXPECT_EQ(values().at("k"), "2");
  ASSERT_TRUE(put(other_, "k", "3"));
  EXPECT_EQ(values().at("k"), "3");
}

TEST_F(SoleWriterTest, WhatWasOpenWhenAnotherTookOverIsNeverThere) {
  ASSERT_EQ(one_.turn().value(), Turn::kNew);
  ASSERT_TRUE(one_.begin());
  ASSERT_TRUE(one_.write("k", "1"));
  ASSERT_EQ(other_.turn().value(), Turn::kNew);
  ASSERT_TRUE(put(other_, "k", "2"));
  EXPECT_FALSE(one_.commit());
  EXPECT_EQ(values().at("k"), "2");
}

TEST_F(SoleWriterTest, WhoKnowsThatAnotherWritesWaitsForItsTurn) {
  ASSERT_EQ(one_.turn().value(), Turn::kNew);
  group_.has_turn = false;
  EXPECT_EQ(one_.turn().value(), Turn::kNone);
  EXPECT_EQ(one_.turn().value(), Turn::kNone);
  group_.has_turn = true;
  EXPECT_EQ(one_.turn().value(), Turn::kNew);
  EXPECT_EQ(one_.turn().value(), Turn::kKept);
  ASSERT_TRUE(put(one_, "k", "1"));
  one_.leave();
  EXPECT_EQ(one_.turn().value(), Turn::kNew);
}

TEST_F(SoleWriterTest, SeesWhetherSomebodyElseHasWrittenSince) {
  ASSERT_EQ(one_.turn().value(), Turn::kNew);
  EXPECT_TRUE(one_.is_as_we_left_it().value()) << "there is nothing";
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put(one_, "k" + std::to_string(i), "1"));
  EXPECT_TRUE(one_.is_as_we_left_it().value());
  ASSERT_EQ(other_.turn().value(), Turn::kNew);
  EXPECT_FALSE(other_.is_as_we_left_it().value());
  ASSERT_TRUE(put(other_, "k1", "2"));
  one_.leave();
  ASSERT_EQ(one_.turn().value(), Turn::kNew);
  EXPECT_FALSE(one_.is_as_we_left_it().value()) << "one partition is enough";
}

}  // namespace
}  // namespace daybook::views

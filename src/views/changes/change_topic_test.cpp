#include "views/changes/change_topic.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <random>

#include "client/transactions.h"
#include "views/changes/row_json.h"
#include "views/testing/view_fixture.h"

namespace daybook::views {
namespace {

using ::testing::HasSubstr;
using views::testing::change;
using views::testing::kPatience;
using views::testing::payments;
using views::testing::row;

constexpr const char* kChanges = "bank.balances";

// Transactions that fail now and then, before or after the log has what was written in them.
class FailingTransactions final : public client::Transactions {
 public:
  explicit FailingTransactions(client::LogClient& log)
      : transactions_(client::make_memory_transactions(log)) {}
  void fail_one_in(int n) { one_in_ = n; }

  Result<std::unique_ptr<client::MemberReader>> join(const client::GroupSpec& spec) override {
    return transactions_->join(spec);
  }
  Result<std::unique_ptr<client::TransactionalWriter>> make_writer(const std::string& id) override {
    DAYBOOK_TRY(auto writer, transactions_->make_writer(id));
    return std::make_unique<FailingWriter>(*this, std::move(writer));
  }

 private:
  class FailingWriter final : public client::TransactionalWriter {
   public:
    FailingWriter(FailingTransactions& transactions,
                  std::unique_ptr<client::TransactionalWriter> writer)
        : transactions_(transactions), writer_(std::move(writer)) {}
    Status begin() override { return writer_->begin(); }
    Status write(const client::OutgoingRecord& record) override {
      if (transactions_.fails()) return fail(ErrorCode::kUnavailable, "the log is away");
      return writer_->write(record);
    }
    Status commit(client::MemberReader& member, const client::Position& next) override {
      if (transactions_.fails()) return fail(ErrorCode::kUnavailable, "the log is away");
      DAYBOOK_TRY_VOID(writer_->commit(member, next));
      if (transactions_.fails()) return fail(ErrorCode::kOutcomeUnknown, "the log went away");
      return {};
    }
    Status abort() override { return writer_->abort(); }

   private:
    FailingTransactions& transactions_;
    std::unique_ptr<client::TransactionalWriter> writer_;
  };

  bool fails() {
    const int n = one_in_;
    return n > 0 && turns_++ % n == n - 1;
  }

  const std::unique_ptr<client::Transactions> transactions_;
  std::atomic<int> one_in_ = 0;
  std::atomic<int> turns_ = 0;
};

class ChangesOfAView : public views::testing::ViewTest {
 protected:
  using Values = std::map<std::string, std::string>;

  std::unique_ptr<View> open_publishing(const std::string& sql = kBalances,
                                        const std::string& changes = kChanges) {
    return open_in(folder_, sql, changes);
  }

  // As another process has it, with files of its own.
  std::unique_ptr<View> open_in(const views::testing::TemporaryFolder& folder,
                                const std::string& sql = kBalances,
                                const std::string& changes = kChanges) {
    ViewSpec spec{"balances", "tx", topic_, std::nullopt, false, false};
    spec.changes = changes;
    auto view = open_view(spec, table::make_table_plan({"account_id"}, sql),
                          {.log = *log_,
                           .files = io::real_file_system(),
                           .clock = io::real_clock(),
                           .state_folder = folder.path(),
                           .transactions = &failing_});
    EXPECT_TRUE(view) << view.error().message;
    (*view)->start();
    return std::move(*view);
  }

  // The last value of each key; gone are those that end in a tombstone.
  Values last_values() {
    Values values;
    client::Position start;
    client::Position end;
    const auto topic = log_->describe_topic(kChanges);
    if (!topic) return values;
    for (std::int32_t i = 0; i < topic->partitions; ++i) {
      const client::TopicPartition partition{kChanges, PartitionId{i}};
      const auto range = log_->offsets(partition).value();
      if (range.begin == range.end) continue;
      start[partition] = range.begin;
      end[partition] = range.end;
    }
    if (start.empty()) return values;
    const auto reader = log_->make_reader().value();
    EXPECT_TRUE(reader->assign(start));
    while (start != end) {
      const auto batch = reader->fetch(10'000, 1 << 20, client::milliseconds(100)).value();
      for (const auto& record : batch->records()) {
        const auto& source = batch->sources()[record.source];
        start[source] = std::min(record.offset.next(), end[source]);
        const std::string key(*record.key);
        if (record.value) {
          values[key] = *record.value;
        } else {
          values.erase(key);
        }
      }
    }
    return values;
  }

  Values expected(View& view) {
    Values values;
    const auto answer = ask(view, "SELECT * FROM balances");
    EXPECT_TRUE(answer) << answer.error().message;
    for (const auto& shown : answer->rows) {
      const auto account = std::get<std::int64_t>(shown[0]);
      append_row_json(answer->columns, shown, values[key(account)]);
    }
    return values;
  }

  static std::string key(std::int64_t account) {
    return R"({"account_id":)" + std::to_string(account) + "}";
  }

  void expect_published(View& view) {
    const auto rows = expected(view);
    EXPECT_TRUE(eventually([&] { return last_values() == rows; }))
        << last_values().size() << " keys, not " << rows.size() << "; " << view.status().last_error;
  }

  // Inserts, updates and deletions of rows of a few accounts.
  void write_random(int count) {
    for (int i = 0; i < count; ++i) {
      const int id = static_cast<int>(random_() % 20);
      const auto after = row(id, static_cast<int>(random_() % 7),
                             std::to_string(static_cast<int>(random_() % 90)) + ".50");
      const auto found = table_.find(id);
      if (found == table_.end()) {
        write(std::to_string(id), change("c", "null", after));
        table_[id] = after;
      } else if (random_() % 3 == 0) {
        write(std::to_string(id), change("d", found->second, "null"));
        table_.erase(found);
      } else {
        write(std::to_string(id), change("u", found->second, after));
        found->second = after;
      }
    }
  }

  FailingTransactions failing_{*log_};
  std::mt19937_64 random_{17};
  std::map<int, std::string> table_;
};

TEST_F(ChangesOfAView, EndInTheRowOfEachKeyAndOfOneThatIsGoneInATombstone) {
  make_topic();
  publish(payments());
  write("1", change("c", "null", row(1, 7, "10.00")));
  write("2", change("c", "null", row(2, 8, "5.00")));
  const auto view = open_publishing();
  expect_published(*view);
  EXPECT_EQ(last_values()[key(7)],
            R"({"account_id":7,"balance":"10.00","entries":1,"largest":"10.00"})");
  write("1", change("d", row(1, 7, "10.00"), "null"));
  write("2", change("u", row(2, 8, "5.00"), row(2, 8, "6.50")));
  expect_published(*view);
  EXPECT_EQ(last_values().size(), 1U);
  EXPECT_EQ(log_->topic_config(kChanges).value()["cleanup.policy"], "compact");
  const auto schema = client::find_schema(*log_, kChanges).value();
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->columns[1].type, "DECIMAL(38,2)");
}

TEST_F(ChangesOfAView, LoseNothingWhenTheLogFailsAndTheViewIsStartedAgain) {
  make_topic();
  publish(payments());
  for (int round = 0; round < 4; ++round) {
    failing_.fail_one_in(3);
    auto view = open_publishing();
    write_random(40);
    ASSERT_FALSE(rows(*view, "SELECT * FROM balances").empty());
    if (round % 2 == 0) view.reset();  // with what is noted, and maybe not published
    failing_.fail_one_in(0);
    if (view == nullptr) view = open_publishing();
    expect_published(*view);
  }
}

TEST_F(ChangesOfAView, AreThoseOfTheVersionThatAnswers) {
  make_topic();
  publish(payments());
  write_random(60);
  expect_published(*open_publishing());
  const std::string other =
      "SELECT account_id, min(amount) AS least FROM tx GROUP BY account_id HAVING count(*) > 2";
  {
    const auto view = open_publishing(other);
    ASSERT_TRUE(eventually([&] { return view->status().version == 2; })) << view->status().detail;
    expect_published(*view);
    write_random(30);
    expect_published(*view);
    ASSERT_TRUE(view->rollback());
    expect_published(*view);
    write_random(30);
    expect_published(*view);
    ASSERT_TRUE(view->rollback());
    expect_published(*view);
  }
  // What happens while nothing is published is made good.
  {
    const auto view = open_publishing(other, "");
    write_random(30);
    ASSERT_TRUE(ask(*view, "SELECT 1"));
  }
  expect_published(*open_publishing(other));
}

// What another process that is behind has published last must not stay.
TEST_F(ChangesOfAView, ArePublishedAgainIfSomebodyElseHasWrittenMeanwhile) {
  make_topic();
  publish(payments());
  write_random(40);
  expect_published(*open_publishing());
  client::OutgoingRecord stale;
  stale.topic = kChanges;
  const auto values = last_values();
  ASSERT_FALSE(values.empty());
  stale.key = values.begin()->first;
  stale.value = R"({"account_id":0,"balance":"-1.00"})";
  const auto writer = log_->make_writer().value();
  ASSERT_TRUE(writer->write(stale));
  ASSERT_TRUE(writer->flush(kPatience));
  EXPECT_NE(last_values(), values);
  expect_published(*open_publishing());
  // Nobody has: nothing is published again.
  const auto end = log_->offsets({kChanges, PartitionId{0}}).value().end;
  write("x", change("c", "null", row(1000, 1000, "1.00")));
  const auto view = open_publishing();
  expect_published(*view);
  EXPECT_EQ(log_->offsets({kChanges, PartitionId{0}}).value().end, end.next());
}

TEST_F(ChangesOfAView, AreThoseOfOneProcessAndAnotherTakesOver) {
  make_topic();
  publish(payments());
  write_random(40);
  const views::testing::TemporaryFolder other_folder;
  auto one = open_publishing();
  expect_published(*one);
  const auto other = open_in(other_folder);
  ASSERT_FALSE(rows(*other, "SELECT * FROM balances").empty());
  write_random(40);
  expect_published(*one);
  one.reset();
  write_random(40);
  expect_published(*other);
  one = open_publishing();
  write_random(40);
  expect_published(*one);
}

TEST_F(ChangesOfAView, AreNotWrittenToATopicOfSomebodyElse) {
  make_topic();
  publish(payments());
  ASSERT_TRUE(log_->create_topic({kChanges, 1, {}}));
  client::OutgoingRecord foreign;
  foreign.topic = kChanges;
  foreign.key = "somebody's";
  foreign.value = "{}";
  const auto writer = log_->make_writer().value();
  ASSERT_TRUE(writer->write(foreign));
  ASSERT_TRUE(writer->flush(kPatience));
  write_random(1);
  const auto view = open_publishing();
  EXPECT_TRUE(eventually([&] { return !view->status().last_error.empty(); }));
  EXPECT_THAT(view->status().last_error,
              HasSubstr("change topic bank.balances: topic bank.balances has an event with the key "
                        "somebody's, which is no key of the view"));
  EXPECT_EQ(last_values().size(), 1U);
}

}  // namespace
}  // namespace daybook::views

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "log/partition_fixture.h"

namespace daybook::log {
namespace {

using enum wire::TransactionResult;
using Values = std::vector<std::string>;

class TransactionsTest : public PartitionFixture {
 protected:
  // The producer's next record, as part of a transaction.
  Offset write(std::int64_t producer, const std::string& value, std::int16_t epoch = 0) {
    return append(make_batch({.values = {value},
                              .producer = producer,
                              .epoch = epoch,
                              .sequence = sequences_[{producer, epoch}]++,
                              .transactional = true}))
        .base;
  }
  Offset end(std::int64_t producer, wire::TransactionResult result, std::int16_t epoch = 0) {
    const auto appended = partition_->append_marker(end_of(producer, result, epoch));
    EXPECT_TRUE(appended.has_value()) << appended.error().message;
    return appended.value_or(Appended{}).base;
  }
  Values committed(Offset from = Offset{0}, std::size_t max_bytes = 1000) {
    Values values;
    for (auto& record : read_committed(*partition_, from, max_bytes)) {
      values.push_back(std::move(record.value));
    }
    return values;
  }
  AppendFault fault_of(const Bytes& batch) {
    const auto appended = partition_->append(batch);
    EXPECT_FALSE(appended.has_value());
    return appended ? AppendFault::kClosed : appended.error().fault;
  }
  std::size_t count_of_files(std::string_view suffix) {
    std::size_t count = 0;
    const auto entries = fs_.list(kFolder).value();
    for (const auto& entry : entries) count += entry.name.ends_with(suffix);
    return count;
  }

  std::map<std::pair<std::int64_t, std::int16_t>, std::int32_t> sequences_;
};

TEST_F(TransactionsTest, CommittedRecordsEndWhereTheFirstOpenTransactionBegins) {
  append(make_batch({"plain"}));
  const Offset first = write(1, "one");
  append(make_batch({"after"}));
  commit();
  EXPECT_EQ(partition_->last_stable_offset(), first);
  EXPECT_EQ(partition_->high_watermark(), Offset{3});
  EXPECT_EQ(committed(), Values{"plain"});
  EXPECT_TRUE(partition_->read(first, 1000, true, Isolation::kCommitted)->batches.empty());
  EXPECT_EQ(read_all(*partition_, Offset{0}).size(), 3u);
}

TEST_F(TransactionsTest, AMarkerDecidesOnceItIsDurable) {
  write(1, "one");
  commit();
  end(1, kCommit);
  EXPECT_EQ(partition_->last_stable_offset(), Offset{0});
  commit();
  EXPECT_EQ(partition_->last_stable_offset(), Offset{2});
  EXPECT_EQ(committed(), Values{"one"});
}

TEST_F(TransactionsTest, AbortedTransactionsAreToldToWhoReadsTheirRecords) {
  write(1, "bad");
  write(2, "good");
  append(make_batch({"plain"}));
  end(1, kAbort);
  write(1, "better");
  end(2, kCommit);
  end(1, kCommit);
  commit();
  EXPECT_EQ(committed(), (Values{"good", "plain", "better"}));
  const auto all = partition_->read(Offset{0}, 10'000, true, Isolation::kCommitted).value();
  EXPECT_EQ(all.aborted, (std::vector<AbortedTransaction>{{ProducerId{1}, Offset{0}}}));
  const auto later = partition_->read(Offset{4}, 10'000, true, Isolation::kCommitted).value();
  EXPECT_TRUE(later.aborted.empty());
  EXPECT_TRUE(partition_->read(Offset{0}, 10'000, true)->aborted.empty());
}

TEST_F(TransactionsTest, AnAbortIsFoundThoughItsMarkerIsSegmentsLater) {
  write(1, "bad");
  fill(100);
  write(2, "good");
  fill(100);
  end(1, kAbort);
  end(2, kCommit);
  fill(100);
  ASSERT_GT(count_of_files(".log"), 4u);
  for (const bool crashed : {false, true}) {
    const Values values = committed(Offset{0}, 300);
    EXPECT_EQ(values.size(), 301u);
    EXPECT_EQ(std::ranges::count(values, "bad"), 0);
    EXPECT_EQ(std::ranges::count(values, "good"), 1);
    EXPECT_EQ(count_of_files(".txnindex"), 1u);
    crashed ? reopen_after_crash() : reopen_after_close();
  }
  EXPECT_EQ(committed().size(), 301u);
}

TEST_F(TransactionsTest, ManyAbortsAreKeptInMemoryAndInTheFile) {
  config_.segment_bytes = 1 << 20;
  partition_->configure(config_);
  Values good;
  for (int i = 0; i < 700; ++i) {
    write(1, "bad");
    write(2, value(i));
    good.push_back(value(i));
    end(1, kAbort);
    end(2, i % 2 == 0 ? kCommit : kAbort);
    if (i % 2 != 0) good.pop_back();
  }
  commit();
  EXPECT_EQ(committed(), good);
  reopen_after_crash();
  EXPECT_EQ(committed(), good);
  reopen_after_close();
  EXPECT_FALSE(report_.scanned);
  EXPECT_EQ(committed(), good);
}

TEST_F(TransactionsTest, AnOpenTransactionOutlivesACrashAndAClose) {
  append(make_batch({"plain"}));
  write(1, "one");
  commit();
  reopen_after_crash();
  EXPECT_EQ(partition_->last_stable_offset(), Offset{1});
  fill(200);  // checkpoints, with the transaction open
  reopen_after_close();
  EXPECT_EQ(partition_->last_stable_offset(), Offset{1});
  const auto open = partition_->open_transactions();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open.front().producer, ProducerId{1});
  EXPECT_EQ(open.front().transaction, Offset{1});
  end(1, kCommit);
  commit();
  EXPECT_EQ(partition_->last_stable_offset(), partition_->log_end());
  EXPECT_TRUE(partition_->open_transactions().empty());
  EXPECT_EQ(partition_->producers().size(), 1u);
}

TEST_F(TransactionsTest, AReaderOfCommittedRecordsIsWokenByTheMarker) {
  write(1, "one");
  commit();
  bool woken = false;
  partition_->when_readable(Offset{0}, Isolation::kCommitted, [&] { woken = true; });
  append(make_batch({"plain"}));
  commit();
  EXPECT_FALSE(woken);
  end(1, kAbort);
  EXPECT_FALSE(woken);
  commit();
  EXPECT_TRUE(woken);
}

TEST_F(TransactionsTest, WithoutSyncsAMarkerDecidesAtOnce) {
  durability_ = Durability::kOs;
  reopen_after_close();
  write(1, "one");
  EXPECT_EQ(partition_->last_stable_offset(), Offset{0});
  end(1, kCommit);
  EXPECT_EQ(partition_->last_stable_offset(), Offset{2});
}

TEST_F(TransactionsTest, RecordsOutsideOfTheOpenTransactionAreRefused) {
  write(1, "one");
  const Bytes plain = make_batch({.values = {"x"}, .producer = 1, .sequence = 1});
  EXPECT_EQ(fault_of(plain), AppendFault::kInTransaction);
  end(1, kCommit);
  append(plain);
}

TEST_F(TransactionsTest, AMarkerFencesOlderEpochs) {
  write(1, "one");
  end(1, kAbort, 1);
  EXPECT_EQ(
      fault_of(make_batch({.values = {"x"}, .producer = 1, .sequence = 1, .transactional = true})),
      AppendFault::kStaleEpoch);
  EXPECT_EQ(
      fault_of(make_batch(
          {.values = {"x"}, .producer = 1, .epoch = 1, .sequence = 1, .transactional = true})),
      AppendFault::kOutOfOrderSequence);
  write(1, "two", 1);
  EXPECT_EQ(partition_->append_marker(end_of(1, kCommit, 0)).error().fault,
            AppendFault::kStaleEpoch);
  // All of it is known after a restart.
  reopen_after_close();
  EXPECT_EQ(partition_->append_marker(end_of(1, kCommit, 0)).error().fault,
            AppendFault::kStaleEpoch);
  end(1, kCommit, 1);
}

TEST_F(TransactionsTest, AMarkerOfAReplacedCoordinatorIsRefused) {
  ASSERT_TRUE(partition_->append_marker(end_of(1, kCommit, 0, 4)).has_value());
  EXPECT_EQ(partition_->append_marker(end_of(1, kCommit, 0, 3)).error().fault,
            AppendFault::kStaleCoordinator);
  reopen_after_close();
  EXPECT_EQ(partition_->append_marker(end_of(1, kCommit, 0, 3)).error().fault,
            AppendFault::kStaleCoordinator);
  EXPECT_TRUE(partition_->append_marker(end_of(1, kCommit, 0, 5)).has_value());
}

TEST_F(TransactionsTest, AMarkerWithoutATransactionChangesNothingForReaders) {
  append(make_batch({"plain"}));
  end(7, kAbort);
  commit();
  EXPECT_EQ(partition_->last_stable_offset(), Offset{2});
  EXPECT_EQ(committed(), Values{"plain"});
}

TEST_F(TransactionsTest, AControlBatchIsNotAppendedAsRecords) {
  const Bytes marker = wire::end_transaction_batch({}, {.producer_id = ProducerId{1},
                                                        .producer_epoch = ProducerEpoch{0},
                                                        .timestamp = TimestampMs{1}});
  EXPECT_EQ(fault_of(marker), AppendFault::kInvalid);
}

TEST_F(TransactionsTest, DamageToTheAbortedTransactionsIsReported) {
  write(1, "bad");
  end(1, kAbort);
  fill(200);
  reopen_after_close();
  overwrite(segment(0, ".txnindex"), 0, "x");
  const auto result = partition_->read(Offset{0}, 1000, true, Isolation::kCommitted);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(result.error().message.find(".txnindex"), std::string::npos);
}

TEST_F(TransactionsTest, AbortedEntriesThatRecoveryCutDoNotComeBackAfterACrash) {
  constexpr int kEach = 60;
  fill(kEach);
  for (int round = 1; round < 20; ++round) {
    ASSERT_TRUE(partition_->close().has_value());
    std::string path;  // of the active segment
    const auto entries = fs_.list(kFolder).value();
    for (const auto& entry : entries) {
      if (entry.name.ends_with(".log")) path = std::string(kFolder) + "/" + entry.name;
    }
    path.replace(path.size() - 4, 4, ".txnindex");
    ASSERT_TRUE(fs_.open(path, io::OpenMode::kCreate).has_value());
    overwrite(path, 0, std::string(61, '\1'));
    ASSERT_TRUE(fs_.sync_directory(kFolder).has_value());
    open();
    EXPECT_EQ(size_of(path), 0U);
    fill(kEach, round * kEach);  // to behind a checkpoint in a later segment
    reopen_after_crash();
    ASSERT_EQ(committed().size(), static_cast<std::size_t>((round + 1) * kEach)) << round;
  }
}

}  // namespace
}  // namespace daybook::log

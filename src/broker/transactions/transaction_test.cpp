#include "broker/transactions/transaction.h"

#include <gtest/gtest.h>

namespace daybook::broker {
namespace {

using State = catalog::TransactionState;
using enum TransactionProtocol;

constexpr TimestampMs kNow{1'000};
constexpr std::chrono::milliseconds kTimeout{60'000};
constexpr ProducerId kFresh{900};
const catalog::TransactionPartition kPart{{}, PartitionId{3}};

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() { init(); }

  KafkaError init(std::optional<ProducerIdentity> was = std::nullopt) {
    auto change = transaction_.init(was, kTimeout, kFresh, kNow);
    if (!change) return change.error();
    transaction_.finish_change(std::move(change->next));
    return KafkaError::kNone;
  }
  ProducerIdentity producer() const {
    return {transaction_.record().producer, transaction_.record().epoch};
  }
  // What the client is told; PREPARE is stored.
  std::expected<ProducerIdentity, KafkaError> end(const ProducerIdentity& who, bool commit,
                                                  TransactionProtocol protocol) {
    auto end = transaction_.end(who, commit, protocol, kFresh, kNow);
    if (!end) return std::unexpected(end.error());
    if (end->next) transaction_.finish_change(*std::move(end->next));
    return end->producer;
  }
  KafkaError error_of_end(const ProducerIdentity& who, bool commit, TransactionProtocol protocol) {
    const auto ended = end(who, commit, protocol);
    return ended ? KafkaError::kNone : ended.error();
  }
  void complete() { transaction_.finish_change(transaction_.complete(kNow)); }
  void set_epoch(std::int16_t epoch) {
    auto record = transaction_.record();
    record.epoch = ProducerEpoch{epoch};
    transaction_ = Transaction(record);
  }

  Transaction transaction_{"tx", ProducerId{7}};
};

TEST_F(TransactionTest, ANewProducerBeginsWithEpochZeroAndEachAfterItWithTheNext) {
  EXPECT_EQ(producer(), (ProducerIdentity{ProducerId{7}, ProducerEpoch{0}}));
  EXPECT_EQ(transaction_.state(), State::kEmpty);
  const ProducerIdentity first = producer();
  EXPECT_EQ(init(), KafkaError::kNone);
  EXPECT_EQ(producer().epoch, ProducerEpoch{1});
  EXPECT_EQ(transaction_.check(first), KafkaError::kProducerFenced);
  EXPECT_EQ(transaction_.check({ProducerId{8}, ProducerEpoch{1}}),
            KafkaError::kInvalidProducerIdMapping);
}

TEST_F(TransactionTest, WhoRecoversGetsTheNextEpochOnceHoweverOftenItAsks) {
  const ProducerIdentity was = producer();
  EXPECT_EQ(init(was), KafkaError::kNone);
  EXPECT_EQ(producer().epoch, ProducerEpoch{1});
  EXPECT_EQ(init(was), KafkaError::kNone);
  EXPECT_EQ(producer().epoch, ProducerEpoch{1});
  EXPECT_EQ(init(), KafkaError::kNone);  // another one
  EXPECT_EQ(init(was), KafkaError::kProducerFenced);
  EXPECT_EQ(init(ProducerIdentity{ProducerId{55}, ProducerEpoch{2}}), KafkaError::kProducerFenced);
}

TEST_F(TransactionTest, WhenTheEpochsAreUsedUpAFreshIdFollows) {
  set_epoch(32'766);
  ASSERT_TRUE(transaction_.is_exhausted());
  const ProducerIdentity was = producer();
  EXPECT_EQ(init(was), KafkaError::kNone);
  EXPECT_EQ(producer(), (ProducerIdentity{kFresh, ProducerEpoch{0}}));
  EXPECT_EQ(init(was), KafkaError::kNone) << "it asks again";
  EXPECT_EQ(producer(), (ProducerIdentity{kFresh, ProducerEpoch{0}}));
}

TEST_F(TransactionTest, AFencedLastEpochIsFollowedByAFreshId) {
  set_epoch(32'766);
  transaction_.add(kPart, kV1, kNow);
  transaction_.finish_change(transaction_.fence(kNoProducer, kNow));
  EXPECT_EQ(producer().epoch, ProducerEpoch{32'767});
  complete();
  EXPECT_EQ(init(), KafkaError::kNone);
  EXPECT_EQ(producer(), (ProducerIdentity{kFresh, ProducerEpoch{0}}));
}

TEST_F(TransactionTest, Version1KeepsTheEpochFromOneTransactionToTheNext) {
  transaction_.add(kPart, kV1, kNow);
  EXPECT_EQ(transaction_.state(), State::kOngoing);
  EXPECT_EQ(transaction_.check_part(producer(), kPart), KafkaError::kNone);
  EXPECT_EQ(transaction_.check_part(producer(), std::string("g")),
            KafkaError::kTransactionAbortable);
  const ProducerIdentity who = producer();
  EXPECT_EQ(error_of_end(who, true, kV1), KafkaError::kNone);
  EXPECT_EQ(transaction_.state(), State::kPrepareCommit);
  EXPECT_EQ(transaction_.record().partitions.size(), 1u);
  EXPECT_EQ(error_of_end(who, true, kV1), KafkaError::kConcurrentTransactions);
  EXPECT_EQ(error_of_end(who, false, kV1), KafkaError::kInvalidTxnState);
  EXPECT_EQ(transaction_.check_part(who, kPart), KafkaError::kConcurrentTransactions);
  complete();
  EXPECT_EQ(transaction_.state(), State::kCompleteCommit);
  EXPECT_EQ(producer(), who);
  EXPECT_EQ(error_of_end(who, true, kV1), KafkaError::kNone) << "a retry";
  EXPECT_EQ(error_of_end(who, false, kV1), KafkaError::kInvalidTxnState);
  EXPECT_EQ(transaction_.check_part(who, kPart), KafkaError::kTransactionAbortable);
}

TEST_F(TransactionTest, Version1HasNothingToEndBeforeItBegins) {
  EXPECT_EQ(error_of_end(producer(), true, kV1), KafkaError::kInvalidTxnState);
  EXPECT_EQ(error_of_end(producer(), false, kV1), KafkaError::kInvalidTxnState);
}

TEST_F(TransactionTest, Version2BeginsAnEpochWithEveryEnd) {
  transaction_.add(kPart, kV2, kNow);
  const ProducerIdentity who = producer();
  const auto ended = end(who, true, kV2);
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(*ended, (ProducerIdentity{who.id, ProducerEpoch{1}}));
  EXPECT_EQ(error_of_end(who, true, kV2), KafkaError::kConcurrentTransactions);
  EXPECT_EQ(error_of_end(*ended, true, kV2), KafkaError::kProducerFenced);
  complete();
  EXPECT_EQ(end(who, true, kV2), ended) << "a retry is told the same";
  EXPECT_EQ(error_of_end(who, false, kV2), KafkaError::kInvalidTxnState);
  EXPECT_EQ(transaction_.check(who), KafkaError::kProducerFenced) << "what is late is refused";
  // The next one has nothing to commit, and may be aborted.
  EXPECT_EQ(error_of_end(*ended, true, kV2), KafkaError::kInvalidTxnState);
  const auto aborted = end(*ended, false, kV2);
  ASSERT_TRUE(aborted.has_value());
  EXPECT_EQ(aborted->epoch, ProducerEpoch{2});
  EXPECT_TRUE(transaction_.record().partitions.empty());
}

TEST_F(TransactionTest, Version2GoesOnWithAFreshIdWhenTheEpochsAreUsedUp) {
  set_epoch(32'766);
  transaction_.add(kPart, kV2, kNow);
  const ProducerIdentity who = producer();
  const auto ended = end(who, true, kV2);
  EXPECT_EQ(ended, (ProducerIdentity{kFresh, ProducerEpoch{0}}));
  EXPECT_EQ(producer(), (ProducerIdentity{who.id, ProducerEpoch{32'767}})) << "of the markers";
  complete();
  EXPECT_EQ(producer(), *ended);
  EXPECT_EQ(end(who, true, kV2), ended) << "a retry is told the same";
  EXPECT_EQ(init(who), KafkaError::kNone) << "recovery by its old name";
}

TEST_F(TransactionTest, AFencedTransactionIsAbortedUnderTheNextEpoch) {
  transaction_.add(kPart, kV1, kNow);
  const ProducerIdentity who = producer();
  EXPECT_EQ(init(), KafkaError::kConcurrentTransactions);
  transaction_.finish_change(transaction_.fence(kNoProducer, kNow));
  EXPECT_EQ(transaction_.state(), State::kPrepareAbort);
  EXPECT_EQ(producer().epoch, ProducerEpoch{1});
  EXPECT_EQ(error_of_end(who, true, kV1), KafkaError::kProducerFenced);
  complete();
  EXPECT_EQ(init(who), KafkaError::kProducerFenced);
  EXPECT_EQ(init(), KafkaError::kNone);
}

TEST_F(TransactionTest, Version2RecoversFromATimeout) {
  transaction_.add(kPart, kV2, kNow);
  const ProducerIdentity who = producer();
  transaction_.finish_change(transaction_.fence(kNoProducer, kNow));
  complete();
  EXPECT_EQ(init(who), KafkaError::kNone);
  EXPECT_EQ(producer().epoch, ProducerEpoch{1});
}

TEST_F(TransactionTest, WhileAChangeIsStoredEverythingElseWaits) {
  transaction_.add(kPart, kV1, kNow);
  transaction_.begin_change(Transaction::Changing::kOther);
  EXPECT_EQ(init(), KafkaError::kConcurrentTransactions);
  EXPECT_EQ(transaction_.check(producer()), KafkaError::kConcurrentTransactions);
  EXPECT_EQ(error_of_end(producer(), true, kV1), KafkaError::kConcurrentTransactions);
  EXPECT_EQ(transaction_.check_part(producer(), kPart), KafkaError::kConcurrentTransactions);
  transaction_.give_up_change();
  transaction_.begin_change(Transaction::Changing::kAdding);
  EXPECT_EQ(transaction_.check_part(producer(), kPart), KafkaError::kNone)
      << "what was added before can be written to";
  EXPECT_EQ(error_of_end(producer(), true, kV1), KafkaError::kConcurrentTransactions);
}

TEST_F(TransactionTest, ATransactionThatIsDecidedTakesNothingOver) {
  transaction_.take_over(kPart, kNow);
  EXPECT_EQ(transaction_.state(), State::kOngoing);
  EXPECT_EQ(error_of_end(producer(), true, kV1), KafkaError::kNone);
  transaction_.take_over(catalog::TransactionPartition{{}, PartitionId{9}}, kNow);
  EXPECT_EQ(transaction_.state(), State::kPrepareCommit);
}

}  // namespace
}  // namespace daybook::broker

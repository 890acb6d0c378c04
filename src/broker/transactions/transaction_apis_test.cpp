// Transactions over real sockets: every API, both versions of the protocol, and what a crash
// leaves. A crash is a second server on a copy of the data folder of one that still runs: what a
// killed process leaves behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "broker/test_requests.h"
#include "broker/transactions/test_transactions.h"
#include "catalog/catalog.h"
#include "wire/apis/cluster/api_versions.h"
#include "wire/apis/groups/consumer_group_heartbeat.h"
#include "wire/apis/records/list_offsets.h"
#include "wire/apis/topics/delete_topics.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using wire::KafkaError;

class TransactionsTest : public testing::TestWithParam<std::int16_t> {
 protected:
  TransactionsTest() : server_(start_server(test_options(folder_.path()))) {
    client_ = std::make_unique<TestClient>(*server_);
    EXPECT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  }

  // Goes on with what a kill at this moment leaves.
  void crash() {
    namespace fs = std::filesystem;
    client_.reset();
    const std::string copy = folder_.path() + "-crashed-" + std::to_string(++crashes_);
    // Threads of the server may be giving a file its name: then what was copied is no moment.
    ASSERT_TRUE(eventually([&] {
      std::error_code moved;
      fs::remove_all(copy);
      fs::copy(folder_.path(), copy, fs::copy_options::recursive, moved);
      return !moved;
    }));
    server_.reset();
    fs::remove_all(folder_.path());
    fs::rename(copy, folder_.path());
    start();
  }
  void start() {
    server_ = start_server(test_options(folder_.path()));
    client_ = std::make_unique<TestClient>(*server_);
  }
  void stop() {
    client_.reset();
    server_.reset();
  }
  // Makes the stored transaction look as after PREPARE, before any marker.
  void prepare_in_catalog(const std::string& id, bool commit) {
    auto catalog = catalog::Catalog::open(folder_.path() + "/catalog.db").value();
    auto topics = catalog->topics().value();
    auto transactions = catalog->transactions().value();
    for (auto& transaction : transactions) {
      if (transaction.id != id) continue;
      transaction.state = commit ? catalog::TransactionState::kPrepareCommit
                                 : catalog::TransactionState::kPrepareAbort;
      transaction.partitions = {{topics.at(0).id, PartitionId{0}},
                                {topics.at(0).id, PartitionId{1}}};
      ASSERT_TRUE(catalog->put_transaction(transaction).has_value());
    }
  }

  TestProducer producer(const std::string& id = "tx") {
    return TestProducer(*client_, id, GetParam());
  }
  std::vector<std::string> committed(std::int32_t partition = 0) {
    return committed_values(*client_, "t", PartitionId{partition});
  }

  io::TestFolder folder_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
  int crashes_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Versions, TransactionsTest, testing::Values(1, 2));

TEST_P(TransactionsTest, CommittedRecordsAreSeenWhenTheTransactionEnds) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  EXPECT_EQ(tx.write("t", "a"), KafkaError::kNone);
  EXPECT_EQ(tx.write("t", "b", PartitionId{1}), KafkaError::kNone);
  EXPECT_THAT(committed(), IsEmpty());
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(0), ElementsAre("a"));
  EXPECT_THAT(committed(1), ElementsAre("b"));
  EXPECT_EQ(tx.write("t", "c"), KafkaError::kNone);
  EXPECT_EQ(tx.end(false), KafkaError::kNone);
  EXPECT_EQ(tx.write("t", "d"), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(), ElementsAre("a", "d"));
}

TEST_P(TransactionsTest, AnEndThatIsAskedForAgainIsAnsweredAgain) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  const ProducerIdentity before = tx.identity();
  ASSERT_EQ(tx.end(true), KafkaError::kNone);
  const ProducerIdentity after = tx.identity();
  EXPECT_EQ(after == before, GetParam() == 1);
  tx.set_identity(before);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_EQ(tx.identity(), after);
  tx.set_identity(before);
  EXPECT_EQ(tx.end(false), KafkaError::kInvalidTxnState);
}

TEST_P(TransactionsTest, ANewInstanceAbortsAndFencesTheOldOne) {
  TestProducer old = producer();
  ASSERT_EQ(old.init(), KafkaError::kNone);
  ASSERT_EQ(old.write("t", "lost"), KafkaError::kNone);
  TestProducer tx = producer();
  EXPECT_EQ(tx.init(), KafkaError::kConcurrentTransactions);
  EXPECT_TRUE(eventually([&] { return tx.init() == KafkaError::kNone; }));
  EXPECT_EQ(old.write("t", "late"), KafkaError::kInvalidProducerEpoch);
  EXPECT_EQ(old.end(true), KafkaError::kProducerFenced);
  EXPECT_EQ(tx.write("t", "new"), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(), ElementsAre("new"));
}

TEST_P(TransactionsTest, ATransactionThatTakesTooLongIsAborted) {
  TestProducer tx = producer();
  // It may be aborted before its first record is written, which is then refused.
  ASSERT_TRUE(eventually([&] {
    return tx.init(std::chrono::milliseconds(1)) == KafkaError::kNone &&
           tx.write("t", "slow") == KafkaError::kNone;
  }));
  EXPECT_TRUE(eventually([&] { return tx.state() == "CompleteAbort"; }));
  EXPECT_THAT(committed(), IsEmpty());
  EXPECT_GE(last_stable_offset(*client_, "t"), Offset{2}) << "behind the record and its mark";
  EXPECT_EQ(tx.write("t", "late"), KafkaError::kInvalidProducerEpoch);
}

TEST_P(TransactionsTest, ACrashLeavesATransactionOpen) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  ASSERT_EQ(tx.commit_offset("g", "t", 5), KafkaError::kNone);
  crash();
  tx.use(*client_);
  EXPECT_EQ(tx.state(), "Ongoing");
  EXPECT_EQ(stable_offset(*client_, "g", "t"), std::unexpected(KafkaError::kUnstableOffsetCommit));
  EXPECT_EQ(tx.write("t", "b"), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(), ElementsAre("a", "b"));
  EXPECT_EQ(stable_offset(*client_, "g", "t"), Offset{5});
}

TEST_P(TransactionsTest, ACrashAfterTheDecisionChangesNothing) {
  for (const bool commits : {true, false}) {
    TestProducer tx = producer("tx" + std::to_string(commits));
    ASSERT_EQ(tx.init(), KafkaError::kNone);
    ASSERT_EQ(tx.write("t", commits ? "a" : "b"), KafkaError::kNone);
    ASSERT_EQ(tx.write("t", commits ? "a" : "b", PartitionId{1}), KafkaError::kNone);
    stop();
    prepare_in_catalog(tx.id(), commits);
    start();
    tx.use(*client_);
    EXPECT_TRUE(
        eventually([&] { return tx.state() == (commits ? "CompleteCommit" : "CompleteAbort"); }));
    EXPECT_THAT(committed(0), ElementsAre("a"));
    EXPECT_THAT(committed(1), ElementsAre("a"));
    EXPECT_EQ(tx.init(), KafkaError::kNone);
  }
}

TEST_P(TransactionsTest, MarkersAreWrittenAgainWhereTheyWereMissing) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  ASSERT_EQ(tx.end(true), KafkaError::kNone);
  stop();
  prepare_in_catalog("tx", true);  // as if it had crashed between the markers and the completion
  start();
  tx.use(*client_);
  EXPECT_TRUE(eventually([&] { return tx.state() == "CompleteCommit"; }));
  EXPECT_THAT(committed(), ElementsAre("a"));
}

TEST_P(TransactionsTest, ACompleteTransactionIsCompleteAfterACrash) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  ASSERT_EQ(tx.end(true), KafkaError::kNone);
  crash();
  tx.use(*client_);
  EXPECT_EQ(tx.state(), "CompleteCommit");
  EXPECT_THAT(committed(), ElementsAre("a"));
  EXPECT_EQ(tx.write("t", "b"), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(), ElementsAre("a", "b"));
}

TEST_P(TransactionsTest, OffsetsAreCommittedWithTheTransactionOrNotAtAll) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.commit_offset("g", "t", 5), KafkaError::kNone);
  EXPECT_EQ(stable_offset(*client_, "g", "t"), std::unexpected(KafkaError::kUnstableOffsetCommit));
  EXPECT_EQ(tx.end(false), KafkaError::kNone);
  EXPECT_EQ(stable_offset(*client_, "g", "t"), Offset{-1});
  ASSERT_EQ(tx.commit_offset("g", "t", 6), KafkaError::kNone);
  ASSERT_EQ(tx.commit_offset("g", "t", 7), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_EQ(stable_offset(*client_, "g", "t"), Offset{7});
  EXPECT_EQ(tx.commit_offset("g", "t", 8, 3, "nobody"), KafkaError::kIllegalGeneration);
}

// A client that is told STALE_MEMBER_EPOCH here takes it for fatal.
TEST_P(TransactionsTest, AStaleMemberOfTheConsumerProtocolIsToldOfItsGeneration) {
  wire::ConsumerGroupHeartbeatRequest beat;
  beat.group_id = "c";
  beat.member_id = "m";
  beat.rebalance_timeout_ms = 60'000;
  beat.subscribed_topic_names = std::vector<std::string>{"t"};
  beat.topic_partitions.emplace();
  const std::int32_t epoch = client_->ask(beat).member_epoch;
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  EXPECT_EQ(tx.commit_offset("c", "t", 5, epoch + 1, "m"), KafkaError::kIllegalGeneration);
  EXPECT_EQ(tx.commit_offset("c", "t", 5, epoch, "m"), KafkaError::kNone);
}

TEST_P(TransactionsTest, DeletingATopicDoesNotHoldUpTheEnd) {
  ASSERT_EQ(create_topic(*client_, "gone"), KafkaError::kNone);
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("gone", "x"), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  ASSERT_EQ(tx.commit_offset("g", "gone", 5), KafkaError::kNone);
  wire::DeleteTopicsRequest request;
  request.topics.push_back({"gone", Uuid{}});
  request.timeout_ms = 10'000;
  ASSERT_EQ(client_->ask(request).responses.at(0).error_code, KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(), ElementsAre("a"));
}

TEST_P(TransactionsTest, ReadersAreToldWhereCommittedRecordsEnd) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  produce(*client_, "t", test_batch({"plain"}));
  ASSERT_EQ(tx.write("t", "open"), KafkaError::kNone);
  EXPECT_EQ(last_stable_offset(*client_, "t"), Offset{1});
  wire::ListOffsetsRequest request;
  request.isolation_level = 1;
  request.topics.resize(1);
  request.topics[0].name = "t";
  request.topics[0].partitions.resize(2);
  request.topics[0].partitions[0].timestamp = TimestampMs{-1};
  request.topics[0].partitions[1].timestamp = TimestampMs{1};
  const auto stable = client_->ask(request).topics.at(0).partitions;
  EXPECT_EQ(stable.at(0).offset, Offset{1});
  EXPECT_EQ(stable.at(1).offset, Offset{0});
  request.isolation_level = 0;
  EXPECT_EQ(client_->ask(request).topics.at(0).partitions.at(0).offset, Offset{2});
}

TEST_P(TransactionsTest, AWaitingReaderIsWokenByTheEnd) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  TestClient reader(*server_);
  auto request = fetch_request("t", Offset{0}, 60'000);
  request.isolation_level = 1;
  ASSERT_TRUE(reader.send(request, kByName, 1));
  ASSERT_TRUE(eventually([&] { return server_->metrics().fetches_waiting == 1; }));
  produce(*client_, "t", test_batch({"plain"}));
  ASSERT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(values_in(reader.receive<wire::FetchRequest>(kByName, 1)), testing::Contains("a"));
}

TEST_P(TransactionsTest, WhatIsUnderWayCanBeDescribed) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a", PartitionId{1}), KafkaError::kNone);
  const auto described = tx.describe();
  EXPECT_EQ(described.transaction_state, "Ongoing");
  EXPECT_EQ(described.producer_id, tx.identity().id);
  EXPECT_EQ(described.transaction_timeout_ms, 60'000);
  ASSERT_THAT(described.topics, SizeIs(1));
  EXPECT_THAT(described.topics[0].partitions, ElementsAre(PartitionId{1}));
  TestProducer unknown(*client_, "unknown", GetParam());
  EXPECT_EQ(unknown.describe().error_code, KafkaError::kTransactionalIdNotFound);

  wire::DescribeProducersRequest request;
  request.topics.push_back({"t", {PartitionId{1}, PartitionId{1}, PartitionId{9}}});
  const auto partitions = client_->ask(request).topics.at(0).partitions;
  ASSERT_THAT(partitions, SizeIs(2));
  ASSERT_THAT(partitions[0].active_producers, SizeIs(1));
  EXPECT_EQ(partitions[0].active_producers[0].producer_id, tx.identity().id);
  EXPECT_EQ(partitions[0].active_producers[0].current_txn_start_offset, Offset{0});
  EXPECT_EQ(partitions[1].error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST_P(TransactionsTest, IdsAreListedByStateProducerAgeAndName) {
  TestProducer one = producer("one");
  TestProducer two = producer("two");
  ASSERT_EQ(one.init(), KafkaError::kNone);
  ASSERT_EQ(two.init(), KafkaError::kNone);
  ASSERT_EQ(two.write("t", "a"), KafkaError::kNone);
  wire::ListTransactionsRequest request;
  const auto listed = [&] {
    std::vector<std::string> ids;
    for (const auto& each : client_->ask(std::exchange(request, {})).transaction_states) {
      ids.push_back(each.transactional_id);
    }
    return ids;
  };
  EXPECT_THAT(listed(), ElementsAre("one", "two"));
  request.state_filters = {"Ongoing"};
  EXPECT_THAT(listed(), ElementsAre("two"));
  request.producer_id_filters = {one.identity().id};
  EXPECT_THAT(listed(), ElementsAre("one"));
  request.duration_filter = 3'600'000;
  EXPECT_THAT(listed(), IsEmpty());
  request.transactional_id_pattern = "o.*";
  EXPECT_THAT(listed(), ElementsAre("one"));
  request.state_filters = {"Odd"};
  const auto unknown = client_->ask(std::exchange(request, {}));
  EXPECT_THAT(unknown.unknown_state_filters, ElementsAre("Odd"));
  EXPECT_THAT(unknown.transaction_states, IsEmpty());
  request.transactional_id_pattern = "(";
  EXPECT_EQ(client_->ask(request).error_code, KafkaError::kInvalidRegularExpression);
}

TEST_P(TransactionsTest, InvalidProducersAreRefused) {
  TestProducer tx = producer();
  EXPECT_EQ(tx.init(std::chrono::hours(1)), KafkaError::kInvalidTransactionTimeout);
  EXPECT_EQ(tx.init(std::chrono::milliseconds(0)), KafkaError::kInvalidTransactionTimeout);
  EXPECT_EQ(TestProducer(*client_, "", GetParam()).init(), KafkaError::kInvalidRequest);
  EXPECT_EQ(tx.end(true), KafkaError::kInvalidProducerIdMapping);
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kInvalidTxnState);
}

TEST_P(TransactionsTest, RecordsOfATransactionNameIt) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  const Bytes batch = tx.batch("t", "a");
  EXPECT_EQ(produce(*client_, "t", batch).error_code,
            KafkaError::kTransactionalIdAuthorizationFailed);
}

using TransactionsV1Test = TransactionsTest;
INSTANTIATE_TEST_SUITE_P(Version1, TransactionsV1Test, testing::Values(1));

TEST_P(TransactionsV1Test, OnlyWhatWasAddedCanBeWrittenTo) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  EXPECT_EQ(tx.write_without_adding("t", "a"), KafkaError::kTransactionAbortable);
  ASSERT_EQ(tx.add("t", PartitionId{0}), KafkaError::kNone);
  EXPECT_EQ(tx.write_without_adding("t", "a"), KafkaError::kNone);
  EXPECT_EQ(tx.write_without_adding("t", "b", PartitionId{1}), KafkaError::kTransactionAbortable);
  EXPECT_EQ(tx.add("t", PartitionId{7}), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(tx.add("nowhere", PartitionId{0}), KafkaError::kUnknownTopicOrPartition);
  ASSERT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_EQ(tx.write_without_adding("t", "late"), KafkaError::kTransactionAbortable);
  EXPECT_THAT(committed(), ElementsAre("a"));
}

TEST_P(TransactionsV1Test, WhatWasAddedIsKnownAfterACrashThoughNothingWasWritten) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.add("t", PartitionId{0}), KafkaError::kNone);
  crash();
  tx.use(*client_);
  EXPECT_EQ(tx.write_without_adding("t", "a"), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(), ElementsAre("a"));
}

TEST_P(TransactionsV1Test, PartitionsAreAddedAndVerifiedInBatches) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  wire::AddPartitionsToTxnRequest request;
  request.transactions.push_back(
      {"tx", tx.identity().id, tx.identity().epoch, true, {{"t", {PartitionId{0}}}}});
  const auto result = [&](std::int16_t version) {
    return client_->ask(request, version)
        .results_by_transaction.at(0)
        .topic_results.at(0)
        .results_by_partition.at(0)
        .partition_error_code;
  };
  EXPECT_EQ(result(4), KafkaError::kInvalidTxnState);
  EXPECT_EQ(result(5), KafkaError::kTransactionAbortable);
  request.transactions[0].verify_only = false;
  EXPECT_EQ(result(5), KafkaError::kNone);
  request.transactions[0].verify_only = true;
  EXPECT_EQ(result(5), KafkaError::kNone);
}

using TransactionsV2Test = TransactionsTest;
INSTANTIATE_TEST_SUITE_P(Version2, TransactionsV2Test, testing::Values(2));

TEST_P(TransactionsV2Test, TheFeatureIsAnnounced) {
  const auto offered = client_->ask(wire::ApiVersionsRequest{});
  EXPECT_THAT(
      offered.supported_features,
      testing::Contains(wire::ApiVersionsResponse::SupportedFeature{"transaction.version", 0, 2}));
  EXPECT_THAT(
      offered.finalized_features,
      testing::Contains(wire::ApiVersionsResponse::FinalizedFeature{"transaction.version", 2, 2}));
}

TEST_P(TransactionsV2Test, WhatIsLateCannotGetIntoTheNextTransaction) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  TestProducer late = tx;
  ASSERT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_EQ(late.write("t", "late"), KafkaError::kInvalidProducerEpoch);
  EXPECT_EQ(tx.write("t", "b"), KafkaError::kNone);
  EXPECT_EQ(late.end(false), KafkaError::kProducerFenced);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(), ElementsAre("a", "b"));
}

TEST_P(TransactionsV2Test, AnEmptyTransactionMayBeAborted) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  const ProducerIdentity before = tx.identity();
  EXPECT_EQ(tx.end(false), KafkaError::kNone);
  EXPECT_EQ(tx.identity().epoch.value, before.epoch.value + 1);
}

}  // namespace
}  // namespace daybook::broker

// What goes wrong while a transaction ends, over real sockets: a decision that cannot be stored, a
// marker that cannot be written; and ids that nobody uses any more.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/report.h"
#include "broker/limits.h"
#include "broker/test_requests.h"
#include "broker/transactions/test_transactions.h"
#include "catalog/catalog.h"
#include "io/clock.h"
#include "io/faulty_file_system.h"

namespace daybook::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::KafkaError;

// Keeps the catalog locked for as long as it lives, as another program may.
class CatalogHolder {
 public:
  explicit CatalogHolder(const std::string& path)
      : thread_([this, path] {
          const auto catalog = catalog::Catalog::open(path).value();
          const catalog::Decision hold = [this](catalog::Catalog&) -> Status {
            held_.set_value();
            released_.get_future().wait();
            return {};
          };
          EXPECT_TRUE(catalog->decide(std::span(&hold, 1)).front().has_value());
        }) {
    held_.get_future().wait();
  }
  ~CatalogHolder() {
    released_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> held_;
  std::promise<void> released_;
  std::thread thread_;
};

class TransactionTroublesTest : public testing::TestWithParam<std::int16_t> {
 protected:
  TransactionTroublesTest() {
    start();
    EXPECT_EQ(create_topic(*client_, "t", 2), KafkaError::kNone);
  }

  void start(io::Clock& clock = io::real_clock()) {
    stop();
    ServerOptions options = test_options(folder_.path());
    options.durability = Durability::kOs;
    options.file_system = &disk_;
    options.clock = &clock;
    server_ = start_server(options);
    client_ = std::make_unique<TestClient>(*server_);
  }
  void stop() {
    client_.reset();
    server_.reset();
  }
  TestProducer producer(const std::string& id = "tx") {
    return TestProducer(*client_, id, GetParam());
  }
  std::vector<std::string> committed(std::int32_t partition) {
    return committed_values(*client_, "t", PartitionId{partition});
  }
  bool is_known(const std::string& id) {
    return producer(id).describe().error_code != KafkaError::kTransactionalIdNotFound;
  }

  ScopedReportSink quiet_{[](Severity, std::string_view, std::string_view) {}};
  io::TestFolder folder_;
  io::FaultyFileSystem disk_{1};
  io::ManualClock clock_{TimestampMs{1'000'000}};
  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

INSTANTIATE_TEST_SUITE_P(Versions, TransactionTroublesTest, testing::Values(1, 2));

TEST_P(TransactionTroublesTest, AnEndThatCannotBeDecidedChangesNothingAndMayBeAskedForAgain) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  ASSERT_EQ(tx.commit_offset("g", "t", 5), KafkaError::kNone);
  {
    const CatalogHolder holder(folder_.path() + "/catalog.db");
    EXPECT_EQ(tx.end(true), KafkaError::kCoordinatorNotAvailable);
  }
  EXPECT_EQ(tx.state(), "Ongoing");
  EXPECT_THAT(committed(0), IsEmpty());
  EXPECT_EQ(stable_offset(*client_, "g", "t"), std::unexpected(KafkaError::kUnstableOffsetCommit));
  EXPECT_EQ(tx.write("t", "b"), KafkaError::kNone);
  EXPECT_EQ(tx.end(true), KafkaError::kNone);
  EXPECT_THAT(committed(0), ElementsAre("a", "b"));
  EXPECT_EQ(stable_offset(*client_, "g", "t"), Offset{5});
}

TEST_P(TransactionTroublesTest, AMarkerThatCannotBeWrittenIsWrittenWhenItCan) {
  TestProducer tx = producer();
  ASSERT_EQ(tx.init(), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "a"), KafkaError::kNone);
  ASSERT_EQ(tx.write("t", "b", PartitionId{1}), KafkaError::kNone);
  ASSERT_EQ(tx.commit_offset("g", "t", 5), KafkaError::kNone);
  disk_.limit_space(0);
  EXPECT_EQ(tx.end(true), KafkaError::kNone) << "it is decided";
  EXPECT_EQ(tx.state(), "PrepareCommit");
  EXPECT_THAT(committed(0), IsEmpty());
  EXPECT_THAT(committed(1), IsEmpty());
  EXPECT_EQ(producer().init(), KafkaError::kConcurrentTransactions);
  disk_.heal();
  EXPECT_TRUE(eventually([&] { return tx.state() == "CompleteCommit"; }));
  EXPECT_THAT(committed(0), ElementsAre("a"));
  EXPECT_THAT(committed(1), ElementsAre("b"));
  EXPECT_EQ(stable_offset(*client_, "g", "t"), Offset{5});
  EXPECT_EQ(tx.write("t", "c"), KafkaError::kNone);
  EXPECT_EQ(tx.end(false), KafkaError::kNone);
  EXPECT_THAT(committed(0), ElementsAre("a"));
}

TEST_P(TransactionTroublesTest, AnIdThatNobodyUsesForLongIsForgotten) {
  start(clock_);
  TestProducer old = producer("old");
  ASSERT_EQ(old.init(), KafkaError::kNone);
  ASSERT_EQ(old.write("t", "a"), KafkaError::kNone);
  ASSERT_EQ(old.end(true), KafkaError::kNone);
  const ProducerIdentity before = old.identity();
  clock_.advance(std::chrono::milliseconds(1));
  ASSERT_EQ(producer("young").init(), KafkaError::kNone);
  clock_.advance(kTransactionalIdExpiry - std::chrono::milliseconds(1));
  EXPECT_TRUE(eventually([&] { return !is_known("old"); }));
  EXPECT_TRUE(is_known("young")) << "the same look has seen it";
  start(clock_);
  EXPECT_FALSE(is_known("old"));
  EXPECT_TRUE(is_known("young"));
  TestProducer again = producer("old");
  EXPECT_EQ(again.init(), KafkaError::kNone);
  EXPECT_NE(again.identity().id, before.id);
  EXPECT_EQ(again.identity().epoch, ProducerEpoch{0});
  EXPECT_THAT(committed(0), ElementsAre("a"));
}

}  // namespace
}  // namespace daybook::broker

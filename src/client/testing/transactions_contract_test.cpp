#include "client/testing/transactions_contract.h"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <unistd.h>

#include "client/past_records.h"
#include "client/testing/log_contract.h"
#include "io/clock.h"

namespace daybook::client::testing {

using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TransactionsContract);

constexpr milliseconds kPatience{60'000};
constexpr milliseconds kShortWait{50};
constexpr std::size_t kAnyRecords = 10'000;
constexpr std::size_t kAnyBytes = 16 << 20;

void TransactionsContract::SetUp() {
  log_ = GetParam().make_log();
  ASSERT_NE(log_, nullptr);
  transactions_ = GetParam().make(*log_);
  static int number = 0;
  prefix_ = "txn-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

void TransactionsContract::TearDown() {
  for (const auto& topic : topics_) {
    const auto deleted = log_->delete_topic(topic);
    EXPECT_TRUE(deleted) << deleted.error().message;
  }
}

std::string TransactionsContract::make_topic(std::int32_t partitions) {
  const auto name = prefix_ + "-t" + std::to_string(topics_.size());
  const auto created = log_->create_topic({name, partitions, {}});
  EXPECT_TRUE(created) << created.error().message;
  topics_.push_back(name);
  return name;
}

void TransactionsContract::write_numbers(const std::string& topic, int count,
                                         std::int32_t partitions) {
  auto writer = log_->make_writer().value();
  for (int i = 0; i < count; ++i) {
    const auto value = std::to_string(i);
    OutgoingRecord record;
    record.topic = topic;
    record.partition = PartitionId{i % partitions};
    record.value = value;
    const auto written = writer->write(record);
    ASSERT_TRUE(written) << written.error().message;
  }
  const auto flushed = writer->flush(kPatience);
  ASSERT_TRUE(flushed) << flushed.error().message;
}

std::unique_ptr<MemberReader> TransactionsContract::join(const std::string& topic,
                                                         const std::string& instance) {
  auto member = transactions_->join({prefix_ + "-group", {topic}, instance});
  EXPECT_TRUE(member) << member.error().message;
  return std::move(*member);
}

std::unique_ptr<TransactionalWriter> TransactionsContract::make_writer(const std::string& id) {
  auto writer = transactions_->make_writer(prefix_ + id);
  EXPECT_TRUE(writer) << writer.error().message;
  return std::move(*writer);
}

std::vector<std::string> TransactionsContract::committed(const std::string& topic,
                                                         std::size_t count) {
  auto reader = log_->make_reader().value();
  EXPECT_TRUE(reader->assign({{{topic, PartitionId{0}}, Offset{0}}}));
  std::vector<std::string> values;
  const auto deadline = steady_clock::now() + kPatience;
  while (values.size() < count && steady_clock::now() < deadline) {
    auto batch = reader->fetch(kAnyRecords, kAnyBytes, kShortWait);
    if (!batch) break;
    for (const auto& record : (*batch)->records()) values.emplace_back(*record.value);
  }
  return values;
}

// Fetches until `count` records have come; those of the last batches.
std::unique_ptr<Batch> fetch_some(MemberReader& member, std::size_t max_records = kAnyRecords) {
  const auto deadline = steady_clock::now() + kPatience;
  while (true) {
    auto batch = member.fetch(max_records, kAnyBytes, kShortWait);
    EXPECT_TRUE(batch) << batch.error().message;
    if (!batch) return nullptr;
    if (!(*batch)->records().empty() || steady_clock::now() > deadline) return std::move(*batch);
  }
}

Position after(const Batch& batch) {
  Position next;
  advance(next, batch);
  return next;
}

Status write_value(TransactionalWriter& writer, const std::string& topic, const std::string& value,
                   PartitionId partition = PartitionId{0}) {
  OutgoingRecord record;
  record.topic = topic;
  record.partition = partition;
  record.value = value;
  return writer.write(record);
}

TEST_P(TransactionsContract, RecordsAndOffsetsAreCommittedTogether) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 10);
  {
    const auto member = join(input);
    const auto writer = make_writer("w");
    const auto batch = fetch_some(*member, 4);
    ASSERT_EQ(batch->records().size(), 4U);
    EXPECT_EQ(member->assigned().size(), 1U);
    EXPECT_GT(member->assignments(), 0U);
    ASSERT_TRUE(writer->begin());
    for (const auto& record : batch->records()) {
      ASSERT_TRUE(write_value(*writer, output, "out" + std::string(*record.value)));
    }
    const auto done = writer->commit(*member, after(*batch));
    ASSERT_TRUE(done) << done.error().message;
  }
  EXPECT_THAT(committed(output, 4), ElementsAre("out0", "out1", "out2", "out3"));
  const auto again = join(input);
  const auto batch = fetch_some(*again, 1);
  ASSERT_EQ(batch->records().size(), 1U);
  EXPECT_EQ(batch->records()[0].value, "4") << "the group's offset went with the records";
  EXPECT_EQ(again->assigned().begin()->second, Offset{4});
}

TEST_P(TransactionsContract, AReaderGetsToTheEndOfATopicThatEndsInATransaction) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 1);
  const auto member = join(input);
  const auto batch = fetch_some(*member, 1);
  const auto lost = make_writer("lost");
  ASSERT_TRUE(lost->begin());
  ASSERT_TRUE(write_value(*lost, output, "gone"));
  ASSERT_TRUE(lost->abort());
  const auto writer = make_writer("w");
  ASSERT_TRUE(writer->begin());
  ASSERT_TRUE(write_value(*writer, output, "kept"));
  const auto done = writer->commit(*member, after(*batch));
  ASSERT_TRUE(done) << done.error().message;

  const TopicPartition partition{output, PartitionId{0}};
  Position position = {{partition, Offset{0}}};
  auto reader = log_->make_reader().value();
  ASSERT_TRUE(reader->assign(position));
  std::vector<std::string> values;
  Offset end{0};
  const auto deadline = steady_clock::now() + kPatience;
  // Apache Kafka writes the mark, and moves the end, after it has answered the commit.
  while ((values.empty() || position.at(partition) < end) && steady_clock::now() < deadline) {
    const auto fetched = reader->fetch(kAnyRecords, kAnyBytes, kShortWait);
    ASSERT_TRUE(fetched) << fetched.error().message;
    for (const auto& record : (*fetched)->records()) values.emplace_back(*record.value);
    advance(position, **fetched);
    end = log_->offsets(partition).value().end;
  }
  EXPECT_THAT(values, ElementsAre("kept"));
  EXPECT_EQ(position.at(partition), end);
  auto again = log_->make_reader().value();
  ASSERT_TRUE(again->assign(position));
  const auto nothing = again->fetch(kAnyRecords, kAnyBytes, kShortWait);
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_TRUE((*nothing)->records().empty());
  EXPECT_TRUE((*nothing)->ends().empty()) << "where it began says so already";
}

// In the partitions: three records, one of them committed, and more that was aborted than is looked
// through first; one record; nothing; only what was aborted.
TEST_P(TransactionsContract, PastRecordsAreReadAndTheLastAreFoundBehindWhatIsNone) {
  constexpr int kAborted = 200;
  const auto input = make_topic();
  const auto topic = make_topic(4);
  write_numbers(input, 1);
  write_numbers(topic, 2, 2);  // "0" in partition 0, "1" in 1
  write_numbers(topic, 1);     // "0" again
  const auto member = join(input);
  const auto batch = fetch_some(*member, 1);
  const auto writer = make_writer("w");
  ASSERT_TRUE(writer->begin());
  ASSERT_TRUE(write_value(*writer, topic, "committed"));
  const auto done = writer->commit(*member, after(*batch));
  ASSERT_TRUE(done) << done.error().message;
  const auto lost = make_writer("lost");
  ASSERT_TRUE(lost->begin());
  for (int i = 0; i < kAborted; ++i) {
    for (const int p : {0, 3}) ASSERT_TRUE(write_value(*lost, topic, "gone", PartitionId{p}));
  }
  const auto aborted = lost->abort();
  ASSERT_TRUE(aborted) << aborted.error().message;
  EXPECT_THAT(committed(topic, 3), ElementsAre("0", "0", "committed"));  // it is in the log by now

  Position begin;
  Position end;
  for (int p = 0; p < 4; ++p) {
    const TopicPartition partition{topic, PartitionId{p}};
    begin[partition] = Offset{0};
    end[partition] = log_->offsets(partition).value().end;
  }
  const auto texts = [](const Batch& records, std::map<int, std::vector<std::string>>& out) {
    for (const auto& record : records.records()) {
      const auto partition = records.sources().at(record.source).partition.value;
      out[partition].emplace_back(record.value.value());
    }
    return Status();
  };
  std::map<int, std::vector<std::string>> all;
  const auto read = read_between(*log_, begin, end, [&](const auto& b) { return texts(b, all); });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(all, ElementsAre(Pair(0, ElementsAre("0", "0", "committed")), Pair(1, SizeIs(1))));
  std::map<int, std::vector<std::string>> some;
  const TopicPartition first{topic, PartitionId{0}};
  ASSERT_TRUE(read_between(*log_, {{first, Offset{1}}}, {{first, Offset{2}}},
                           [&](const auto& b) { return texts(b, some); }));
  EXPECT_THAT(some, ElementsAre(Pair(0, ElementsAre("0"))));

  std::map<int, std::string> last;
  const auto take = [&](const TopicPartition& partition, const Batch& records, std::size_t i) {
    last[partition.partition.value] = records.records()[i].value.value();
    EXPECT_EQ(records.sources().at(records.records()[i].source), partition);
    return Status();
  };
  const auto found = find_last_records(*log_, end, take);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(last, ElementsAre(Pair(0, "committed"), Pair(1, "1")));
  last.clear();
  ASSERT_TRUE(find_last_records(*log_, {{first, Offset{2}}}, take));
  EXPECT_THAT(last, ElementsAre(Pair(0, "0")));
  last.clear();
  ASSERT_TRUE(find_last_records(*log_, {{first, Offset{0}}}, take));
  EXPECT_THAT(last, IsEmpty());
}

TEST_P(TransactionsContract, AMemberGetsToTheEndOfATopicThatEndsInATransaction) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 1);
  const auto member = join(input);
  const auto batch = fetch_some(*member, 1);
  const auto writer = make_writer("w");
  ASSERT_TRUE(writer->begin());
  ASSERT_TRUE(write_value(*writer, output, "kept"));
  ASSERT_TRUE(writer->commit(*member, after(*batch)));

  const TopicPartition partition{output, PartitionId{0}};
  const GroupSpec follower{prefix_ + "-follower", {output}, ""};
  Position position;
  {
    const auto reader = transactions_->join(follower).value();
    const auto passer = make_writer("passer");
    std::vector<std::string> values;
    Offset end{0};
    const auto deadline = steady_clock::now() + kPatience;
    // Apache Kafka writes the mark, and moves the end, after it has answered the commit. Nothing
    // comes behind the mark, so that the end stays where it is once the record can be read.
    while ((values.empty() || position[partition] < end) && steady_clock::now() < deadline) {
      const auto fetched = reader->fetch(kAnyRecords, kAnyBytes, kShortWait);
      ASSERT_TRUE(fetched) << fetched.error().message;
      for (const auto& record : (*fetched)->records()) values.emplace_back(*record.value);
      advance(position, **fetched);
      end = log_->offsets(partition).value().end;
    }
    EXPECT_THAT(values, ElementsAre("kept"));
    ASSERT_EQ(position.at(partition), end);
    ASSERT_TRUE(passer->begin());
    const auto done = passer->commit(*reader, position);
    ASSERT_TRUE(done) << "offsets alone: " << done.error().message;
  }
  const auto again = transactions_->join(follower).value();
  const auto deadline = steady_clock::now() + kPatience;
  while (again->assigned().empty() && steady_clock::now() < deadline) {
    const auto nothing = again->fetch(kAnyRecords, kAnyBytes, kShortWait);
    ASSERT_TRUE(nothing) << nothing.error().message;
    EXPECT_TRUE((*nothing)->records().empty());
    EXPECT_TRUE((*nothing)->ends().empty()) << "where it began says so already";
  }
  EXPECT_EQ(again->assigned().at(partition), position.at(partition));
}

TEST_P(TransactionsContract, OneTransactionFollowsTheOther) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 30);
  const auto member = join(input);
  const auto writer = make_writer("w");
  std::vector<std::string> expected;
  while (expected.size() < 30) {
    const auto batch = fetch_some(*member, 7);
    ASSERT_FALSE(batch->records().empty());
    ASSERT_TRUE(writer->begin());
    for (const auto& record : batch->records()) {
      expected.emplace_back(*record.value);
      ASSERT_TRUE(write_value(*writer, output, expected.back()));
    }
    const auto done = writer->commit(*member, after(*batch));
    ASSERT_TRUE(done) << done.error().message;
  }
  EXPECT_EQ(committed(output, 30), expected);
}

TEST_P(TransactionsContract, WhatIsAbortedIsNeverReadAndItsEventsComeAgain) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 3);
  {
    const auto member = join(input);
    const auto writer = make_writer("w");
    const auto batch = fetch_some(*member);
    ASSERT_TRUE(writer->begin());
    ASSERT_TRUE(write_value(*writer, output, "lost"));
    const auto aborted = writer->abort();
    ASSERT_TRUE(aborted) << aborted.error().message;
    EXPECT_TRUE(writer->abort()) << "no transaction is no error";
  }
  const auto member = join(input);
  const auto writer = make_writer("w");
  const auto batch = fetch_some(*member);
  EXPECT_EQ(batch->records().at(0).value, "0");
  ASSERT_TRUE(writer->begin());
  ASSERT_TRUE(write_value(*writer, output, "kept"));
  ASSERT_TRUE(writer->commit(*member, after(*batch)));
  EXPECT_THAT(committed(output, 1), ElementsAre("kept"));
}

TEST_P(TransactionsContract, ANewerWriterOfTheSameIdEndsWhatTheOlderLeftOpen) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 3);
  const auto member = join(input);
  const auto batch = fetch_some(*member);
  const auto older = make_writer("w");
  ASSERT_TRUE(older->begin());
  ASSERT_TRUE(write_value(*older, output, "old"));
  const auto newer = make_writer("w");
  auto refused = write_value(*older, output, "late");
  if (refused) refused = older->commit(*member, after(*batch));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFenced) << refused.error().message;
  ASSERT_TRUE(newer->begin());
  ASSERT_TRUE(write_value(*newer, output, "new"));
  const auto done = newer->commit(*member, after(*batch));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(committed(output, 1), ElementsAre("new"));
}

// What a process does that was stopped for so long that another has taken its place.
TEST_P(TransactionsContract, AWriterThatSleptWhileANewerOneWroteCannotWriteAnyMore) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 1);
  const auto member = join(input);
  fetch_some(*member);
  const auto put = [&](TransactionalWriter& writer, const std::string& value) -> Status {
    DAYBOOK_TRY_VOID(writer.begin());
    DAYBOOK_TRY_VOID(write_value(writer, output, value));
    return writer.commit(*member, {});
  };
  const auto older = make_writer("w");
  auto done = put(*older, "old");
  ASSERT_TRUE(done) << "records alone: " << done.error().message;
  const auto newer = make_writer("w");
  done = put(*newer, "new");
  ASSERT_TRUE(done) << done.error().message;
  const auto late = put(*older, "late");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kFenced) << late.error().message;
  done = put(*newer, "newest");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(committed(output, 3), ElementsAre("old", "new", "newest"));
}

TEST_P(TransactionsContract, MembersShareThePartitionsAndOneTakesOverFromTheOther) {
  const auto input = make_topic(4);
  write_numbers(input, 8, 4);
  auto first = join(input, "one");
  fetch_some(*first, 1);
  EXPECT_EQ(first->assigned().size(), 4U);
  auto second = join(input, "two");
  const auto deadline = steady_clock::now() + kPatience;
  const auto shared = [&] {
    return first->assigned().size() == 2 && second->assigned().size() == 2;
  };
  while (!shared() && steady_clock::now() < deadline) {
    ASSERT_TRUE(first->fetch(1, kAnyBytes, kShortWait));
    ASSERT_TRUE(second->fetch(1, kAnyBytes, kShortWait));
  }
  std::set<TopicPartition> all;
  for (const auto& [partition, offset] : first->assigned()) all.insert(partition);
  for (const auto& [partition, offset] : second->assigned()) all.insert(partition);
  EXPECT_EQ(all.size(), 4U);
  second.reset();
  while (first->assigned().size() != 4 && steady_clock::now() < deadline) {
    ASSERT_TRUE(first->fetch(1, kAnyBytes, kShortWait));
  }
  EXPECT_EQ(first->assigned().size(), 4U);
}

TEST_P(TransactionsContract, WhoReadsOnWhileAnotherComesAndGoesReadsEveryRecordOnce) {
  constexpr std::size_t kRecords = 6'000;
  const auto input = make_topic(2);
  const auto output = make_topic();
  write_numbers(input, kRecords, 2);
  auto member = join(input, "one");
  auto writer = make_writer("one");
  std::unique_ptr<MemberReader> other;
  const auto deadline = steady_clock::now() + kPatience;
  for (std::size_t copied = 0; copied < kRecords && steady_clock::now() < deadline;) {
    if (other == nullptr && member->assigned().size() == 2) other = join(input, "two");
    ASSERT_TRUE(other == nullptr || other->fetch(1, kAnyBytes, milliseconds(1)));
    if (member->assigned().size() == 1) other.reset();
    const auto batch = member->fetch(100, kAnyBytes, kShortWait).value();
    if (batch->records().empty()) continue;
    ASSERT_TRUE(writer->begin());
    for (const auto& record : batch->records()) {
      ASSERT_TRUE(write_value(*writer, output, std::string(*record.value)));
    }
    if (writer->commit(*member, after(*batch))) {
      copied += batch->records().size();
      continue;
    }
    ASSERT_TRUE(writer->abort());
    member = join(input, "one");
    writer = make_writer("one");
  }
  const auto values = committed(output, kRecords);
  EXPECT_EQ(values.size(), kRecords);
  EXPECT_EQ(std::set(values.begin(), values.end()).size(), kRecords);
}

TEST_P(TransactionsContract, WhoLostItsPartitionsCannotCommit) {
  const auto input = make_topic();
  const auto output = make_topic();
  write_numbers(input, 3);
  const auto late = join(input, "one");
  const auto late_writer = make_writer("one");
  const auto batch = fetch_some(*late);
  // Comes back under the same name, as after a crash that was none.
  const auto member = join(input, "one");
  const auto writer = make_writer("two");
  const auto taken = fetch_some(*member);
  ASSERT_EQ(taken->records().size(), 3U);
  ASSERT_TRUE(late_writer->begin());
  ASSERT_TRUE(write_value(*late_writer, output, "late"));
  const auto refused = late_writer->commit(*late, after(*batch));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == ErrorCode::kUnavailable ||
              refused.error().code == ErrorCode::kFenced)
      << refused.error().message;
  EXPECT_TRUE(late_writer->abort());
  ASSERT_TRUE(writer->begin());
  ASSERT_TRUE(write_value(*writer, output, "kept"));
  const auto done = writer->commit(*member, after(*taken));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(committed(output, 1), ElementsAre("kept"));
}

TEST_P(TransactionsContract, AMemberThatIsFarBehindReadsWithoutAPause) {
  const auto input = make_topic();
  write_many_large_records(*log_, input);
  const auto from_the_beginning = [&]() -> Fetch {
    const std::shared_ptr<MemberReader> member = join(input);
    return [member](milliseconds wait) { return member->fetch(kAnyRecords, kAnyBytes, wait); };
  };
  EXPECT_LT(pauses_in_many_large_records(*log_, input, from_the_beginning), kFewPauses);
}

TEST_P(TransactionsContract, ARecordForATopicThatIsNotThereIsNotCommitted) {
  const auto input = make_topic();
  write_numbers(input, 3);
  const auto member = join(input);
  const auto batch = fetch_some(*member);
  const auto writer = make_writer("w");
  ASSERT_TRUE(writer->begin());
  auto refused = write_value(*writer, "no.spaces allowed", "x");
  if (refused) refused = writer->commit(*member, after(*batch));
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().retriable()) << refused.error().message;
}

}  // namespace daybook::client::testing

#include "client/testing/log_contract.h"

#include <thread>

#include <gmock/gmock.h>
#include <unistd.h>

#include "client/partitioner.h"
#include "client/schema.h"
#include "io/clock.h"

namespace daybook::client::testing {

using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LogContract);

constexpr milliseconds kPatience{60'000};
constexpr milliseconds kShortWait{50};
constexpr std::size_t kAnyRecords = 10'000;
constexpr std::size_t kAnyBytes = 16 << 20;

void LogContract::SetUp() {
  log_ = GetParam().make();
  ASSERT_NE(log_, nullptr);
}

void LogContract::TearDown() {
  for (const auto& topic : topics_) {
    const auto deleted = log_->delete_topic(topic);
    EXPECT_TRUE(deleted || deleted.error().code == ErrorCode::kNotFound);
  }
}

std::string LogContract::make_topic(std::int32_t partitions) {
  static int number = 0;
  auto name = "contract-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
  const auto created = log_->create_topic({name, partitions, {}});
  EXPECT_TRUE(created) << created.error().message;
  topics_.push_back(name);
  return name;
}

void LogContract::write_numbers(const std::string& topic, int first, int count,
                                PartitionId partition) {
  auto writer = log_->make_writer();
  ASSERT_TRUE(writer) << writer.error().message;
  for (int i = first; i < first + count; ++i) {
    const auto key = "k" + std::to_string(i);
    const auto value = std::to_string(i);
    OutgoingRecord record;
    record.topic = topic;
    record.partition = partition;
    record.timestamp = TimestampMs{1'000'000 + i};
    record.key = key;
    record.value = value;
    const auto written = (*writer)->write(record);
    ASSERT_TRUE(written) << written.error().message;
  }
  const auto flushed = (*writer)->flush(kPatience);
  ASSERT_TRUE(flushed) << flushed.error().message;
}

std::vector<std::string> LogContract::read_values(const Position& start, std::size_t count) {
  std::vector<std::string> values;
  auto reader = log_->make_reader();
  EXPECT_TRUE(reader);
  EXPECT_TRUE((*reader)->assign(start));
  const auto deadline = steady_clock::now() + kPatience;
  while (values.size() < count && steady_clock::now() < deadline) {
    auto batch = (*reader)->fetch(kAnyRecords, kAnyBytes, kShortWait);
    if (!batch) {
      ADD_FAILURE() << batch.error().message;
      break;
    }
    for (const auto& record : (*batch)->records()) values.emplace_back(record.value.value_or("~"));
  }
  return values;
}

void write_many_large_records(LogClient& log, const std::string& topic) {
  const std::string value(1'000, 'x');
  const auto writer = log.make_writer().value();
  for (std::size_t i = 0; i < kManyLargeRecords; ++i) {
    OutgoingRecord record;
    record.topic = topic;
    record.partition = PartitionId{0};
    record.value = value;
    ASSERT_TRUE(writer->write(record));
  }
  ASSERT_TRUE(writer->flush(kPatience));
}

std::size_t pauses_in_one_turn(LogClient& log, const std::string& topic, const Fetch& fetch) {
  constexpr milliseconds kPause{200};
  constexpr int kQuestions = 50;  // to the log: meanwhile more is read ahead than fits
  std::size_t count = 0;
  std::size_t pauses = 0;
  const auto deadline = steady_clock::now() + kPatience;
  while (count < kManyLargeRecords && steady_clock::now() < deadline) {
    const auto batch = fetch(kPause);
    if (!batch) {
      ADD_FAILURE() << batch.error().message;
      break;
    }
    const auto came = (*batch)->records().size();
    if (came == 0 && count > 0) ++pauses;
    count += came;
    for (int i = 0; i < kQuestions; ++i) EXPECT_TRUE(log.offsets({topic, PartitionId{0}}));
  }
  EXPECT_EQ(count, kManyLargeRecords);
  return pauses;
}

std::size_t pauses_in_many_large_records(LogClient& log, const std::string& topic,
                                         const std::function<Fetch()>& make_fetch) {
  constexpr int kMostTurns = 4;
  auto least = pauses_in_one_turn(log, topic, make_fetch());
  for (int turn = 1; turn < kMostTurns && least >= kFewPauses; ++turn) {
    least = std::min(least, pauses_in_one_turn(log, topic, make_fetch()));
  }
  return least;
}

// Fetches until something comes that is not an empty batch.
Result<std::unique_ptr<Batch>> fetch_something(Reader& reader, std::size_t max_records,
                                               std::size_t max_bytes) {
  const auto deadline = steady_clock::now() + kPatience;
  while (true) {
    auto batch = reader.fetch(max_records, max_bytes, kShortWait);
    if (!batch || !(*batch)->records().empty() || steady_clock::now() > deadline) return batch;
  }
}

TEST_P(LogContract, WhatIsWrittenIsReadInOrderAndWhole) {
  const auto topic = make_topic();
  auto writer = log_->make_writer();
  ASSERT_TRUE(writer);
  const std::string binary("\0\xff\n", 3);
  OutgoingRecord record;
  record.topic = topic;
  record.timestamp = TimestampMs{123'456};
  record.key = "key";
  record.value = binary;
  record.headers = {{"h1", "v1"}, {"h1", std::nullopt}, {"h2", ""}};
  ASSERT_TRUE((*writer)->write(record));
  record.key = "";
  record.value = std::nullopt;
  record.headers.clear();
  ASSERT_TRUE((*writer)->write(record));
  record.key = std::nullopt;
  record.value = "";
  ASSERT_TRUE((*writer)->write(record));
  ASSERT_TRUE((*writer)->flush(kPatience));

  auto reader = log_->make_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->assign({{{topic, PartitionId{0}}, Offset{0}}}));
  for (int expected = 0; expected < 3;) {
    auto batch = fetch_something(**reader, 1, kAnyBytes);
    ASSERT_TRUE(batch) << batch.error().message;
    ASSERT_EQ((*batch)->records().size(), 1U);
    const auto& read = (*batch)->records()[0];
    EXPECT_EQ((*batch)->sources().at(read.source).topic, topic);
    EXPECT_EQ(read.offset, Offset{expected});
    EXPECT_EQ(read.timestamp, TimestampMs{123'456});
    const auto headers = (*batch)->headers(0);
    if (expected == 0) {
      EXPECT_EQ(read.key, "key");
      EXPECT_EQ(read.value, binary);
      ASSERT_EQ(headers.size(), 3U);
      EXPECT_EQ(headers[0].name, "h1");
      EXPECT_EQ(headers[0].value, "v1");
      EXPECT_EQ(headers[1].value, std::nullopt);
      EXPECT_EQ(headers[2].value, "");
    } else {
      EXPECT_TRUE(headers.empty());
      EXPECT_EQ(read.key.has_value(), expected == 1);
      EXPECT_EQ(read.value.has_value(), expected == 2);
    }
    ++expected;
  }
}

TEST_P(LogContract, AReaderStartsAtItsOffsetAndTakesWhatTheLimitsAllow) {
  const auto topic = make_topic();
  write_numbers(topic, 0, 10);
  auto reader = log_->make_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->assign({{{topic, PartitionId{0}}, Offset{4}}}));
  std::vector<std::int64_t> offsets;
  while (offsets.size() < 6) {
    auto batch = fetch_something(**reader, 2, kAnyBytes);
    ASSERT_TRUE(batch) << batch.error().message;
    ASSERT_LE((*batch)->records().size(), 2U);
    ASSERT_GE((*batch)->records().size(), 1U);
    for (const auto& record : (*batch)->records()) offsets.push_back(record.offset.value);
  }
  EXPECT_THAT(offsets, ElementsAre(4, 5, 6, 7, 8, 9));
  auto empty = (*reader)->fetch(kAnyRecords, kAnyBytes, kShortWait);
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_TRUE((*empty)->records().empty());
}

TEST_P(LogContract, ARecordLargerThanTheByteLimitIsStillRead) {
  const auto topic = make_topic();
  auto writer = log_->make_writer();
  ASSERT_TRUE(writer);
  const std::string large(100'000, 'x');
  OutgoingRecord record;
  record.topic = topic;
  record.value = large;
  ASSERT_TRUE((*writer)->write(record));
  ASSERT_TRUE((*writer)->flush(kPatience));
  auto reader = log_->make_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->assign({{{topic, PartitionId{0}}, Offset{0}}}));
  auto batch = fetch_something(**reader, kAnyRecords, 10);
  ASSERT_TRUE(batch) << batch.error().message;
  ASSERT_EQ((*batch)->records().size(), 1U);
  EXPECT_EQ((*batch)->records()[0].value, large);
}

TEST_P(LogContract, PartitionsAreIndependentAndKeysGoWhereKafkaPutsThem) {
  constexpr std::int32_t kPartitions = 3;
  const auto topic = make_topic(kPartitions);
  auto writer = log_->make_writer();
  ASSERT_TRUE(writer);
  constexpr int kCount = 300;
  for (int i = 0; i < kCount; ++i) {
    const auto key = std::to_string(i);
    OutgoingRecord record;
    record.topic = topic;
    record.key = key;
    record.value = key;
    ASSERT_TRUE((*writer)->write(record));
  }
  ASSERT_TRUE((*writer)->flush(kPatience));

  Position start;
  for (int p = 0; p < kPartitions; ++p) start[{topic, PartitionId{p}}] = Offset{0};
  auto reader = log_->make_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->assign(start));
  std::map<int, int> last_value;
  for (int seen = 0; seen < kCount;) {
    auto batch = fetch_something(**reader, 7, kAnyBytes);
    ASSERT_TRUE(batch) << batch.error().message;
    ASSERT_FALSE((*batch)->records().empty());
    for (const auto& record : (*batch)->records()) {
      const auto& from = (*batch)->sources().at(record.source);
      const int value = std::stoi(std::string(*record.value));
      EXPECT_EQ(from.partition, partition_for_key(*record.key, kPartitions));
      EXPECT_GT(value, last_value.try_emplace(from.partition.value, -1).first->second);
      last_value[from.partition.value] = value;
      ++seen;
    }
  }
  EXPECT_EQ(last_value.size(), 3U);
}

TEST_P(LogContract, AFetchWaitsForTheNextRecordAndIsWokenByIt) {
  const auto topic = make_topic();
  write_numbers(topic, 0, 1);
  auto reader = log_->make_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->assign({{{topic, PartitionId{0}}, Offset{1}}}));
  ASSERT_TRUE((*reader)->fetch(kAnyRecords, kAnyBytes, kShortWait));
  std::jthread late([&] { write_numbers(topic, 1, 1); });
  const auto started = steady_clock::now();
  auto batch = (*reader)->fetch(kAnyRecords, kAnyBytes, kPatience);
  ASSERT_TRUE(batch) << batch.error().message;
  ASSERT_EQ((*batch)->records().size(), 1U);
  EXPECT_EQ((*batch)->records()[0].value, "1");
  EXPECT_LT(steady_clock::now() - started, kPatience / 2);
}

TEST_P(LogContract, AnOffsetOutsideTheLogIsAnErrorThatNamesThePartition) {
  const auto topic = make_topic(2);
  write_numbers(topic, 0, 3, PartitionId{1});
  auto reader = log_->make_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->assign({{{topic, PartitionId{1}}, Offset{9}}}));
  const auto batch = fetch_something(**reader, kAnyRecords, kAnyBytes);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(batch.error().message, HasSubstr(topic + "-1"));
  const auto again = fetch_something(**reader, kAnyRecords, kAnyBytes);
  EXPECT_FALSE(again) << "the error stays until another assignment";

  ASSERT_TRUE((*reader)->assign({{{topic, PartitionId{1}}, Offset{2}}}));
  const auto mended = fetch_something(**reader, kAnyRecords, kAnyBytes);
  ASSERT_TRUE(mended) << mended.error().message;
  EXPECT_EQ((*mended)->records().at(0).value, "2");
}

TEST_P(LogContract, ANewAssignmentReplacesTheOldOne) {
  const auto first = make_topic();
  const auto second = make_topic();
  write_numbers(first, 0, 100);
  write_numbers(second, 500, 2);
  auto reader = log_->make_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*reader)->assign({{{first, PartitionId{0}}, Offset{0}}}));
  auto batch = fetch_something(**reader, 1, kAnyBytes);
  ASSERT_TRUE(batch);
  ASSERT_TRUE((*reader)->assign({{{second, PartitionId{0}}, Offset{0}}}));
  std::vector<std::string> values;
  while (values.size() < 2) {
    auto next = fetch_something(**reader, kAnyRecords, kAnyBytes);
    ASSERT_TRUE(next) << next.error().message;
    ASSERT_FALSE((*next)->records().empty());
    for (const auto& record : (*next)->records()) values.emplace_back(*record.value);
  }
  EXPECT_THAT(values, ElementsAre("500", "501"));
  EXPECT_EQ((*batch)->records()[0].value, "0") << "a batch outlives the assignment";
}

TEST_P(LogContract, TopicsAreListedDescribedAndDeleted) {
  const auto topic = make_topic(4);
  const auto described = log_->describe_topic(topic);
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ(described->partitions, 4);
  const auto listed = log_->list_topics();
  ASSERT_TRUE(listed);
  EXPECT_EQ(std::ranges::count(*listed, topic, &TopicInfo::name), 1);

  const auto again = log_->create_topic({topic, 1, {}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(log_->delete_topic(topic));
  const auto gone = log_->describe_topic(topic);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(gone.error().message, HasSubstr(topic));
  const auto deleted = log_->delete_topic(topic);
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, ErrorCode::kNotFound);
}

TEST_P(LogContract, ATopicThatCannotBeIsRefused) {
  const auto named = log_->create_topic({"no spaces", 1, {}});
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().code, ErrorCode::kInvalid);
  const auto empty = log_->create_topic({"contract-empty", 0, {}});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, ErrorCode::kInvalid);
}

TEST_P(LogContract, ATopicKeepsItsConfiguration) {
  const std::string topic = "contract-config-" + std::to_string(::getpid());
  ASSERT_TRUE(log_->create_topic({topic, 1, {{"cleanup.policy", "compact"}}}));
  const auto config = log_->topic_config(topic);
  EXPECT_TRUE(log_->delete_topic(topic));
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->contains("cleanup.policy"));
  EXPECT_EQ(config->at("cleanup.policy"), "compact");
  const auto none = log_->topic_config(topic + "-none");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

TEST_P(LogContract, ATopicIsConfiguredWhileItLives) {
  const std::string topic = "contract-configure-" + std::to_string(::getpid());
  ASSERT_TRUE(log_->create_topic({topic, 1, {{"retention.ms", "1000"}}}));
  const Status configured = log_->configure_topic(
      topic, {.set = {{"cleanup.policy", "compact"}}, .unset = {"retention.ms"}, .partitions = 3});
  auto config = log_->topic_config(topic);
  auto info = log_->describe_topic(topic);
  // Apache Kafka answers before its broker has taken the change up.
  const auto deadline = steady_clock::now() + kPatience;
  while (config && info && steady_clock::now() < deadline &&
         (config->at("cleanup.policy") != "compact" || info->partitions != 3)) {
    config = log_->topic_config(topic);
    info = log_->describe_topic(topic);
  }
  const Status fewer = log_->configure_topic(topic, {.partitions = 2});
  EXPECT_TRUE(log_->delete_topic(topic));
  ASSERT_TRUE(configured) << configured.error().message;
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->at("cleanup.policy"), "compact");
  EXPECT_FALSE(config->contains("retention.ms") && config->at("retention.ms") == "1000");
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->partitions, 3);
  EXPECT_FALSE(fewer);
  const Status none = log_->configure_topic(topic + "-none", {.set = {{"retention.ms", "1"}}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

TEST_P(LogContract, OffsetsTellTheRangeAndTheFirstAtATime) {
  const auto topic = make_topic();
  const TopicPartition partition{topic, PartitionId{0}};
  const auto empty = log_->offsets(partition);
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_EQ(empty->begin, Offset{0});
  EXPECT_EQ(empty->end, Offset{0});
  write_numbers(topic, 0, 5);
  const auto range = log_->offsets(partition);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->end, Offset{5});
  EXPECT_EQ(log_->offset_at(partition, TimestampMs{0}).value(), Offset{0});
  EXPECT_EQ(log_->offset_at(partition, TimestampMs{1'000'003}).value(), Offset{3});
  EXPECT_EQ(log_->offset_at(partition, TimestampMs{2'000'000}).value(), Offset{5});
}

TEST_P(LogContract, OffsetsOfManyPartitionsAreToldTogether) {
  const auto many = make_topic(64);
  const auto other = make_topic();
  Position ends = {{{other, PartitionId{0}}, Offset{2}}};
  for (const auto& partition : partitions_of(log_->describe_topic(many).value())) {
    ends[partition] = Offset{0};
  }
  const auto new_ones = log_->offsets_of(partitions_of(ends));  // which perhaps nobody leads yet
  ASSERT_TRUE(new_ones) << new_ones.error().message;
  EXPECT_EQ(new_ones->at({many, PartitionId{63}}).end, Offset{0});
  for (const int written : {3, 20, 63}) {
    write_numbers(many, 0, written, PartitionId{written});
    ends[{many, PartitionId{written}}] = Offset{written};
  }
  write_numbers(other, 0, 2);
  const auto ranges = log_->offsets_of(partitions_of(ends));
  ASSERT_TRUE(ranges) << ranges.error().message;
  EXPECT_EQ(ranges->size(), ends.size());
  for (const auto& [partition, end] : ends) {
    EXPECT_EQ(ranges->at(partition).begin, Offset{0});
    EXPECT_EQ(ranges->at(partition).end, end) << partition.partition.value;
  }
  EXPECT_TRUE(log_->offsets_of({}).value().empty());
}

TEST_P(LogContract, OffsetsOfManyPartitionsFailWhereOneIsNotThere) {
  const auto topic = make_topic(2);
  write_numbers(topic, 0, 1, PartitionId{1});
  const auto gone = log_->offsets_of({{topic, PartitionId{1}}, {topic + "-none", PartitionId{0}}});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(gone.error().message, HasSubstr(topic + "-none"));
  EXPECT_FALSE(log_->offsets_of({{topic, PartitionId{1}}, {topic, PartitionId{2}}}));
}

TEST_P(LogContract, WritingToATopicThatIsNotThereEndsTheWriter) {
  auto writer = log_->make_writer();
  ASSERT_TRUE(writer);
  OutgoingRecord record;
  record.topic = "no.spaces allowed";
  record.value = "x";
  auto status = (*writer)->write(record);
  if (status) status = (*writer)->flush(kPatience);
  ASSERT_FALSE(status);
  EXPECT_FALSE(status.error().retriable()) << status.error().message;
  const auto topic = make_topic();
  record.topic = topic;
  EXPECT_FALSE((*writer)->write(record)) << "an ended writer writes nothing more";
  EXPECT_FALSE((*writer)->flush(kPatience));
  EXPECT_EQ(log_->offsets({topic, PartitionId{0}}).value().end, Offset{0});
}

TEST_P(LogContract, ManyRecordsPassThroughABoundedQueue) {
  constexpr int kCount = 50'000;
  const auto topic = make_topic();
  write_numbers(topic, 0, kCount);
  const auto values = read_values({{{topic, PartitionId{0}}, Offset{0}}}, kCount);
  ASSERT_EQ(values.size(), static_cast<std::size_t>(kCount));
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(values[i], std::to_string(i));
}

TEST_P(LogContract, WhoIsFarBehindReadsWithoutAPause) {
  const auto topic = make_topic();
  write_many_large_records(*log_, topic);
  const auto from_the_beginning = [&]() -> Fetch {
    const std::shared_ptr<Reader> reader = log_->make_reader().value();
    EXPECT_TRUE(reader->assign({{{topic, PartitionId{0}}, Offset{0}}}));
    return [reader](milliseconds wait) { return reader->fetch(kAnyRecords, kAnyBytes, wait); };
  };
  EXPECT_LT(pauses_in_many_large_records(*log_, topic, from_the_beginning), kFewPauses);
}

TEST_P(LogContract, ASchemaIsFoundAsItWasLastPublished) {
  const auto topic = make_topic();
  const auto none = find_schema(*log_, topic);
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_FALSE(none->has_value());

  Schema schema{Envelope::kDebezium, {{"id", "BIGINT", true}, {"amount", "DECIMAL(18,2)", false}}};
  ASSERT_TRUE(publish_schema(*log_, topic, schema));
  EXPECT_EQ(find_schema(*log_, topic).value(), schema);
  const auto end = log_->offsets({kSchemaTopic, PartitionId{0}}).value().end;
  ASSERT_TRUE(publish_schema(*log_, topic, schema));
  EXPECT_EQ(log_->offsets({kSchemaTopic, PartitionId{0}}).value().end, end) << "it was current";

  schema.columns.push_back({"note", "VARCHAR", false});
  ASSERT_TRUE(publish_schema(*log_, topic, schema));
  EXPECT_EQ(find_schema(*log_, topic).value(), schema);
}

}  // namespace daybook::client::testing

// A processor from the topic "in" of a log in memory to the topic "out", in batches of any size and
// in many lives: what the tests of transforms have in common.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "client/memory_log.h"
#include "flow/make_transform.h"
#include "flow/processor_run.h"

namespace daybook::flow {

inline constexpr std::int64_t kStartMs = 1'700'000'000'000;

class TransformTest : public ::testing::Test {
 protected:
  TransformTest(const client::Schema& schema, std::int32_t partitions) {
    spec_.name = "p";
    spec_.inputs = {{"tx", "in", schema}};
    spec_.outputs = {{"out", ""}};
    EXPECT_TRUE(log_->create_topic({"in", partitions, {}}));
  }

  void write_value(const std::string& value, std::int64_t time_ms, std::int32_t partition = 0) {
    if (!writer_) writer_ = log_->make_writer().value();
    client::OutgoingRecord record;
    record.topic = "in";
    record.partition = PartitionId{partition};
    record.timestamp = TimestampMs{time_ms};
    record.value = value;
    ASSERT_TRUE(writer_->write(record));
  }

  // Runs from the group's offsets on, for at most `max_steps`.
  void run(std::size_t batch, int max_steps = 1'000'000) {
    spec_.max_batch_events = batch;
    const ProcessorIdentity identity{"g" + spec_.outputs[0].topic, "one"};
    ProcessorRun life(*log_, *transactions_, spec_, identity);
    const auto opened = life.open({*spec_.inputs[0].declared}, make_transform);
    ASSERT_TRUE(opened) << opened.error().message;
    for (int i = 0; i < max_steps; ++i) {
      const auto step = life.step(client::milliseconds(0));
      ASSERT_TRUE(step) << step.error().message;
      if (step->events == 0) return;
    }
  }

  // Of a partition, in order; "~" of a tombstone.
  std::vector<std::string> values(const std::string& topic, std::int32_t partition = 0) {
    std::vector<std::string> result;
    if (!log_->describe_topic(topic)) return result;
    auto reader = log_->make_reader().value();
    EXPECT_TRUE(reader->assign({{{topic, PartitionId{partition}}, Offset{0}}}));
    const auto batch = reader->fetch(1'000'000, 1u << 30, client::milliseconds(0)).value();
    for (const auto& record : batch->records()) result.emplace_back(record.value.value_or("~"));
    return result;
  }

  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
  std::unique_ptr<client::Transactions> transactions_ = client::make_memory_transactions(*log_);
  std::unique_ptr<client::Writer> writer_;
  ProcessorSpec spec_;
};

}  // namespace daybook::flow

#include "sources/testing/failing_log.h"

#include <deque>
#include <map>
#include <random>

namespace daybook::sources::testing {
namespace {

using client::milliseconds;
using client::OutgoingRecord;

struct Pending {
  std::string topic;
  std::optional<PartitionId> partition;
  TimestampMs timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
};

Pending copy(const OutgoingRecord& record) {
  Pending pending{std::string(record.topic), record.partition, record.timestamp, {}, {}, {}};
  if (record.key) pending.key.emplace(*record.key);
  if (record.value) pending.value.emplace(*record.value);
  for (const auto& header : record.headers) {
    pending.headers.emplace_back(header.name, header.value.value_or(""));
  }
  return pending;
}

OutgoingRecord view(const Pending& pending) {
  OutgoingRecord record;
  record.topic = pending.topic;
  record.partition = pending.partition;
  record.timestamp = pending.timestamp;
  if (pending.key) record.key = *pending.key;
  if (pending.value) record.value = *pending.value;
  for (const auto& [name, value] : pending.headers) record.headers.push_back({name, value});
  return record;
}

std::unexpected<Error> killed() {
  // What a killed process would do next does not matter: it must do nothing.
  return fail(ErrorCode::kUnavailable, "the process was killed here");
}

class FailingWriter final : public client::Writer {
 public:
  FailingWriter(std::unique_ptr<client::Writer> inner, Faults& faults)
      : inner_(std::move(inner)), faults_(faults), random_(faults.seed) {}

  Status write(const OutgoingRecord& record) override {
    if (faults_.crashed) return killed();
    if (faults_.crash_after == 0) {
      faults_.crashed = true;
      for (auto& [partition, queue] : queues_) pass_on(queue, random_() % (queue.size() + 1));
      return killed();
    }
    if (faults_.crash_after > 0) --faults_.crash_after;
    auto& queue = queues_[{std::string(record.topic), record.partition.value_or(PartitionId{})}];
    queue.push_back(copy(record));
    if (!faults_.away && random_() % 8 == 0) pass_on(queue, random_() % (queue.size() + 1));
    return {};
  }

  Status flush(milliseconds) override {
    if (faults_.crashed) return killed();
    if (faults_.away) return fail(ErrorCode::kTimedOut, "the log is away");
    for (auto& [partition, queue] : queues_) pass_on(queue, queue.size());
    return inner_->flush(milliseconds(1000));
  }

 private:
  void pass_on(std::deque<Pending>& queue, std::size_t count) {
    for (; count > 0; --count) {
      static_cast<void>(inner_->write(view(queue.front())));
      queue.pop_front();
    }
  }

  std::unique_ptr<client::Writer> inner_;
  Faults& faults_;
  std::mt19937_64 random_;
  std::map<client::TopicPartition, std::deque<Pending>> queues_;
};

class FailingLog final : public client::LogClient {
 public:
  FailingLog(client::LogClient& log, Faults& faults) : log_(log), faults_(faults) {}

  Result<std::unique_ptr<client::Reader>> make_reader() override {
    DAYBOOK_TRY_VOID(check());
    return log_.make_reader();
  }
  Result<std::unique_ptr<client::Writer>> make_writer() override {
    DAYBOOK_TRY_VOID(check());
    DAYBOOK_TRY(auto inner, log_.make_writer());
    return std::make_unique<FailingWriter>(std::move(inner), faults_);
  }
  Status reach(std::chrono::milliseconds limit) override {
    DAYBOOK_TRY_VOID(check());
    return log_.reach(limit);
  }
  Result<std::vector<client::TopicInfo>> list_topics() override {
    DAYBOOK_TRY_VOID(check());
    return log_.list_topics();
  }
  Result<client::TopicInfo> describe_topic(const std::string& name) override {
    DAYBOOK_TRY_VOID(check());
    return log_.describe_topic(name);
  }
  Status create_topic(const client::TopicSpec& spec) override {
    DAYBOOK_TRY_VOID(check());
    return log_.create_topic(spec);
  }
  Status delete_topic(const std::string& name) override {
    DAYBOOK_TRY_VOID(check());
    return log_.delete_topic(name);
  }
  Status configure_topic(const std::string& name, const client::TopicChange& change) override {
    DAYBOOK_TRY_VOID(check());
    return log_.configure_topic(name, change);
  }
  Result<std::map<std::string, std::string>> topic_config(const std::string& name) override {
    DAYBOOK_TRY_VOID(check());
    return log_.topic_config(name);
  }
  Result<client::OffsetRanges> offsets_of(
      const std::vector<client::TopicPartition>& partitions) override {
    DAYBOOK_TRY_VOID(check());
    return log_.offsets_of(partitions);
  }
  Result<Offset> offset_at(const client::TopicPartition& partition, TimestampMs time) override {
    DAYBOOK_TRY_VOID(check());
    return log_.offset_at(partition, time);
  }

 private:
  Status check() const {
    if (faults_.crashed) return killed();
    if (faults_.away) return fail(ErrorCode::kUnavailable, "the log is away");
    return {};
  }

  client::LogClient& log_;
  Faults& faults_;
};

}  // namespace

std::unique_ptr<client::LogClient> make_failing_log(client::LogClient& log, Faults& faults) {
  return std::make_unique<FailingLog>(log, faults);
}

}  // namespace daybook::sources::testing

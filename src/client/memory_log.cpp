#include "client/memory_log.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "client/memory/cursor.h"
#include "client/memory/store.h"
#include "client/memory/transactions.h"
#include "client/topic_name.h"

namespace daybook::client {
namespace {

using memory::no_such_topic;
using memory::RecordPtr;
using memory::Store;
using memory::Topic;

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  Status assign(const Position& start) override {
    cursor_.assign(start);
    return {};
  }

  Result<std::unique_ptr<Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                       milliseconds max_wait) override {
    const auto deadline = store_->deadline(max_wait);
    std::unique_lock lock(store_->mutex);
    while (true) {
      DAYBOOK_TRY(auto batch, cursor_.take(*store_, max_records, max_bytes));
      if (batch->has_any()) return batch;
      if (store_->changed.wait_until(lock, deadline) == std::cv_status::timeout) return batch;
    }
  }

 private:
  std::shared_ptr<Store> store_;
  memory::Cursor cursor_;
};

class MemoryWriter final : public Writer {
 public:
  explicit MemoryWriter(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  Status write(const OutgoingRecord& record) override {
    if (ended_) return *ended_;
    const std::lock_guard lock(store_->mutex);
    const auto place = store_->place_of(record, unkeyed_);
    if (!place) {
      ended_ = std::unexpected(place.error());
      return *ended_;
    }
    store_->append(*place, memory::copy_of(record));
    store_->changed.notify_all();
    return {};
  }

  Status flush(milliseconds) override { return ended_.value_or(Status{}); }

 private:
  std::shared_ptr<Store> store_;
  std::optional<Status> ended_;  // the error that ended it
  std::int32_t unkeyed_ = 0;
};

class MemoryLog final : public LogClient {
 public:
  MemoryLog(const io::Clock& clock, milliseconds longest_wait)
      : store_(std::make_shared<Store>(clock, longest_wait)) {}
  const std::shared_ptr<Store>& store() const { return store_; }

  Result<std::unique_ptr<Reader>> make_reader() override {
    return std::make_unique<MemoryReader>(store_);
  }
  Result<std::unique_ptr<Writer>> make_writer() override {
    return std::make_unique<MemoryWriter>(store_);
  }

  Result<std::vector<TopicInfo>> list_topics() override {
    const std::lock_guard lock(store_->mutex);
    std::vector<TopicInfo> result;
    for (const auto& [name, topic] : store_->topics) {
      result.push_back({name, topic.spec.partitions});
    }
    return result;
  }

  Status reach(milliseconds) override { return {}; }

  Result<TopicInfo> describe_topic(const std::string& name) override {
    const std::lock_guard lock(store_->mutex);
    const auto found = store_->topics.find(name);
    if (found == store_->topics.end()) return no_such_topic(name);
    return TopicInfo{name, found->second.spec.partitions};
  }

  Status create_topic(const TopicSpec& spec) override {
    DAYBOOK_TRY_VOID(check_topic_name(spec.name));
    if (spec.partitions < 1) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("topic '{}' cannot have {} partitions", spec.name, spec.partitions));
    }
    const std::lock_guard lock(store_->mutex);
    Topic topic{spec, {}};
    topic.partitions.resize(static_cast<std::size_t>(spec.partitions));
    if (!store_->topics.try_emplace(spec.name, std::move(topic)).second) {
      return fail(ErrorCode::kAlreadyExists, fmt::format("topic '{}' exists", spec.name));
    }
    return {};
  }

  Status delete_topic(const std::string& name) override {
    const std::lock_guard lock(store_->mutex);
    if (store_->topics.erase(name) == 0) return no_such_topic(name);
    store_->changed.notify_all();
    return {};
  }

  Status configure_topic(const std::string& name, const TopicChange& change) override {
    const std::lock_guard lock(store_->mutex);
    const auto found = store_->topics.find(name);
    if (found == store_->topics.end()) return no_such_topic(name);
    if (change.partitions) {
      const auto wanted = static_cast<std::size_t>(std::max(*change.partitions, 0));
      if (wanted <= found->second.partitions.size()) {
        return fail(ErrorCode::kInvalid, "topic '" + name + "' has " +
                                             std::to_string(found->second.partitions.size()) +
                                             " partitions already");
      }
      found->second.partitions.resize(wanted);
      found->second.spec.partitions = *change.partitions;
    }
    auto& config = found->second.spec.config;
    for (const auto& [key, value] : change.set) config[key] = value;
    for (const std::string& key : change.unset) config.erase(key);
    return {};
  }

  Result<std::map<std::string, std::string>> topic_config(const std::string& name) override {
    const std::lock_guard lock(store_->mutex);
    const auto found = store_->topics.find(name);
    if (found == store_->topics.end()) return no_such_topic(name);
    return found->second.spec.config;
  }

  Result<OffsetRanges> offsets_of(const std::vector<TopicPartition>& partitions) override {
    const std::lock_guard lock(store_->mutex);
    OffsetRanges ranges;
    for (const auto& partition : partitions) {
      DAYBOOK_TRY(const auto* records, store_->partition(partition));
      ranges[partition] = {Offset{0}, Offset{static_cast<std::int64_t>(records->size())}};
    }
    return ranges;
  }

  Result<Offset> offset_at(const TopicPartition& partition, TimestampMs time) override {
    const std::lock_guard lock(store_->mutex);
    DAYBOOK_TRY(const auto* records, store_->partition(partition));
    const auto found = std::ranges::find_if(
        *records, [&](const RecordPtr& record) { return record && record->timestamp >= time; });
    return Offset{found - records->begin()};
  }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<LogClient> make_memory_log(const io::Clock& clock, milliseconds longest_wait) {
  return std::make_unique<MemoryLog>(clock, longest_wait);
}

std::unique_ptr<Transactions> make_memory_transactions(LogClient& log) {
  const auto* memory_log = dynamic_cast<MemoryLog*>(&log);
  DAYBOOK_CHECK(memory_log != nullptr, "not a log in memory");
  return memory::make_transactions(memory_log->store());
}

Status empty_offset(LogClient& log, const TopicPartition& partition, Offset offset) {
  const auto* memory_log = dynamic_cast<MemoryLog*>(&log);
  DAYBOOK_CHECK(memory_log != nullptr, "not a log in memory");
  auto& store = *memory_log->store();
  const std::lock_guard lock(store.mutex);
  DAYBOOK_TRY(auto* records, store.partition(partition));
  const auto index = static_cast<std::size_t>(offset.value);
  if (offset.value < 0 || index > records->size()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("offset {} of {}-{} is beyond its end", offset.value, partition.topic,
                            partition.partition.value));
  }
  if (index == records->size()) records->emplace_back();
  (*records)[index].reset();
  store.changed.notify_all();
  return {};
}

}  // namespace daybook::client

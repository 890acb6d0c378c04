#include "client/memory_log.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "client/partitioner.h"
#include "client/topic_name.h"

namespace daybook::client {
namespace {

using Text = std::optional<std::string>;

struct StoredHeader {
  std::string name;
  Text value;
};

struct StoredRecord {
  TimestampMs timestamp;
  Text key;
  Text value;
  std::vector<StoredHeader> headers;

  std::size_t size_bytes() const {
    std::size_t size = (key ? key->size() : 0) + (value ? value->size() : 0);
    for (const auto& header : headers) {
      size += header.name.size() + (header.value ? header.value->size() : 0);
    }
    return size;
  }
};

using RecordPtr = std::shared_ptr<const StoredRecord>;

struct Topic {
  TopicSpec spec;
  std::vector<std::vector<RecordPtr>> partitions;
};

Text copy(const std::optional<std::string_view>& view) {
  return view ? Text(std::string(*view)) : std::nullopt;
}

std::unexpected<Error> no_such_topic(std::string_view name) {
  return fail(ErrorCode::kNotFound, fmt::format("topic '{}' does not exist", name));
}

// What all readers and writers of one log share, under one mutex.
struct Store {
  explicit Store(const io::Clock& c) : clock(c) {}

  // Null if there is no such topic or partition. Call with `mutex` held.
  Result<std::vector<RecordPtr>*> partition(const TopicPartition& at) {
    const auto found = topics.find(at.topic);
    if (found == topics.end()) return no_such_topic(at.topic);
    auto& partitions = found->second.partitions;
    const auto index = static_cast<std::size_t>(at.partition.value);
    if (at.partition.value < 0 || index >= partitions.size()) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("topic '{}' has {} partitions, not a number {}", at.topic,
                              partitions.size(), at.partition.value));
    }
    return &partitions[index];
  }

  const io::Clock& clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Topic, std::less<>> topics;
};

class MemoryBatch final : public Batch {
 public:
  explicit MemoryBatch(std::vector<TopicPartition> sources) : sources_(std::move(sources)) {}

  const std::vector<TopicPartition>& sources() const override { return sources_; }
  const std::vector<RecordView>& records() const override { return views_; }
  std::vector<HeaderView> headers(std::size_t record) const override {
    std::vector<HeaderView> result;
    for (const auto& header : stored_.at(record)->headers) {
      result.push_back({header.name, header.value});
    }
    return result;
  }

  void add(std::size_t source, Offset offset, RecordPtr record) {
    views_.push_back({source, offset, record->timestamp, record->key, record->value});
    stored_.push_back(std::move(record));
  }

 private:
  std::vector<TopicPartition> sources_;
  std::vector<RecordPtr> stored_;
  std::vector<RecordView> views_;
};

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  Status assign(const Position& start) override {
    sources_.clear();
    next_.clear();
    for (const auto& [partition, offset] : start) {
      sources_.push_back(partition);
      next_.push_back(offset);
    }
    first_ = 0;
    return {};
  }

  Result<std::unique_ptr<Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                       milliseconds max_wait) override {
    auto batch = std::make_unique<MemoryBatch>(sources_);
    const auto deadline = std::chrono::steady_clock::now() + max_wait;
    std::unique_lock lock(store_->mutex);
    while (true) {
      DAYBOOK_TRY_VOID(take(*batch, max_records, max_bytes));
      if (!batch->records().empty()) break;
      if (store_->changed.wait_until(lock, deadline) == std::cv_status::timeout) break;
    }
    return batch;
  }

 private:
  // Starts with another partition each time, so that none starves.
  Status take(MemoryBatch& batch, std::size_t max_records, std::size_t max_bytes) {
    std::size_t bytes = 0;
    for (std::size_t turn = 0; turn < sources_.size(); ++turn) {
      const std::size_t source = (first_ + turn) % sources_.size();
      DAYBOOK_TRY(const auto* records, store_->partition(sources_[source]));
      Offset& next = next_[source];
      const auto end = static_cast<std::int64_t>(records->size());
      if (next.value < 0 || next.value > end) {
        return fail(
            ErrorCode::kInvalid,
            fmt::format("offset {} of {}-{} is outside the log, which holds 0 to {}", next.value,
                        sources_[source].topic, sources_[source].partition.value, end));
      }
      for (; next.value < end && batch.records().size() < max_records; next += 1) {
        const auto& record = (*records)[static_cast<std::size_t>(next.value)];
        if (!batch.records().empty() && bytes + record->size_bytes() > max_bytes) return {};
        bytes += record->size_bytes();
        batch.add(source, next, record);
      }
    }
    if (!sources_.empty()) first_ = (first_ + 1) % sources_.size();
    return {};
  }

  std::shared_ptr<Store> store_;
  std::vector<TopicPartition> sources_;
  std::vector<Offset> next_;
  std::size_t first_ = 0;
};

class MemoryWriter final : public Writer {
 public:
  explicit MemoryWriter(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  Status write(const OutgoingRecord& record) override {
    if (!ended_) {
      const std::lock_guard lock(store_->mutex);
      ended_ = append(record);
      if (*ended_) {
        ended_.reset();
        store_->changed.notify_all();
        return {};
      }
    }
    return *ended_;
  }

  Status flush(milliseconds) override { return ended_.value_or(Status{}); }

 private:
  Status append(const OutgoingRecord& record) {
    const auto topic = store_->topics.find(record.topic);
    if (topic == store_->topics.end()) return no_such_topic(record.topic);
    const auto count = static_cast<std::int32_t>(topic->second.partitions.size());
    PartitionId partition{0};
    if (record.partition) {
      partition = *record.partition;
    } else if (record.key) {
      partition = partition_for_key(*record.key, count);
    } else {
      partition = PartitionId{unkeyed_++ % count};
    }
    DAYBOOK_TRY(auto* records, store_->partition({std::string(record.topic), partition}));
    auto stored = std::make_shared<StoredRecord>();
    stored->timestamp = record.timestamp == kNoTimestamp ? store_->clock.wall() : record.timestamp;
    stored->key = copy(record.key);
    stored->value = copy(record.value);
    for (const auto& header : record.headers) {
      stored->headers.push_back({std::string(header.name), copy(header.value)});
    }
    records->push_back(std::move(stored));
    return {};
  }

  std::shared_ptr<Store> store_;
  std::optional<Status> ended_;  // the error that ended it
  std::int32_t unkeyed_ = 0;
};

class MemoryLog final : public LogClient {
 public:
  explicit MemoryLog(const io::Clock& clock) : store_(std::make_shared<Store>(clock)) {}

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

  Result<OffsetRange> offsets(const TopicPartition& partition) override {
    const std::lock_guard lock(store_->mutex);
    DAYBOOK_TRY(const auto* records, store_->partition(partition));
    return OffsetRange{Offset{0}, Offset{static_cast<std::int64_t>(records->size())}};
  }

  Result<Offset> offset_at(const TopicPartition& partition, TimestampMs time) override {
    const std::lock_guard lock(store_->mutex);
    DAYBOOK_TRY(const auto* records, store_->partition(partition));
    const auto found = std::ranges::find_if(
        *records, [&](const RecordPtr& record) { return record->timestamp >= time; });
    return Offset{found - records->begin()};
  }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<LogClient> make_memory_log(const io::Clock& clock) {
  return std::make_unique<MemoryLog>(clock);
}

}  // namespace daybook::client

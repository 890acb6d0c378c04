#include "broker/fetch/fetch_session.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/limits.h"
#include "broker/topics/topics.h"

namespace daybook::broker {

struct FetchSession::TopicName {
  std::string name;
  Uuid id;
};

struct FetchSession::Entry {
  std::shared_ptr<Fired> fired;
  std::shared_ptr<const TopicName> topic;
  Request::Partition asked;
  // What the client knows; -1: nothing.
  Offset told_high_watermark{-1};
  Offset told_log_start{-1};

  bool pending = false;  // in pending_
  bool stale = false;    // `read` is not what there is
  bool dropped = false;
  PartitionRead read;
  std::shared_ptr<log::Partition> watched;  // null: not watched
  log::Partition::WaitId watch = log::Partition::kNoWait;
};

// What was woken since the last look. Apart from the session, for what may run under a partition's
// locks and after the session has ended.
struct FetchSession::Fired {
  std::mutex mutex;
  std::vector<EntryPtr> entries;
  Wake wake;
  std::int32_t wake_epoch = 0;  // of the fetch that waits

  void add(EntryPtr entry) {
    Wake wake_now;
    {
      const std::lock_guard lock(mutex);
      entries.push_back(std::move(entry));
      wake_now = std::exchange(wake, nullptr);
    }
    if (wake_now) wake_now();
  }
  std::vector<EntryPtr> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(entries, {});
  }
};

namespace {

// The topic's id or name, and the partition.
std::string key_of(bool by_id, const std::string& name, const Uuid& id, PartitionId partition) {
  std::string key(reinterpret_cast<const char*>(&partition.value), sizeof(partition.value));
  if (by_id) {
    key.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  } else {
    key += name;
  }
  return key;
}

}  // namespace

FetchSession::FetchSession(const Topics& topics, bool by_id)
    : topics_(topics), by_id_(by_id), fired_(std::make_shared<Fired>()) {}

FetchSession::~FetchSession() {
  for (const auto& [key, entry] : entries_) drop(entry);
  fired_->take();
}

std::expected<std::int32_t, KafkaError> FetchSession::begin(const Request& request, bool by_id,
                                                            TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (epoch_ > 0) {
    if (request.session_epoch != epoch_) {
      return std::unexpected(KafkaError::kInvalidFetchSessionEpoch);
    }
    if (by_id != by_id_) return std::unexpected(KafkaError::kFetchSessionTopicIdError);
  }
  take(request);
  for (const auto& topic : request.forgotten_topics_data) forget(topic);
  if (epoch_ == 0) {
    refreshed_ = now;
  } else if (now - refreshed_ >= kFetchSessionRefresh) {
    refreshed_ = now;
    for (const auto& [key, entry] : entries_) make_stale(entry);
  }
  Wake too_late;  // of a fetch that still waits
  {
    const std::lock_guard fired_lock(fired_->mutex);
    too_late = std::exchange(fired_->wake, nullptr);
  }
  epoch_ = epoch_ == std::numeric_limits<std::int32_t>::max() ? 1 : epoch_ + 1;
  if (too_late) too_late();
  return epoch_;
}

std::size_t FetchSession::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool FetchSession::has_passed(std::int32_t epoch) const {
  const std::lock_guard lock(mutex_);
  return epoch != epoch_;
}

void FetchSession::take(const Request& request) {
  for (const Request::Topic& topic : request.topics) {
    std::shared_ptr<const TopicName> name;
    for (const Request::Partition& partition : topic.partitions) {
      EntryPtr& entry = entries_[key_of(by_id_, topic.topic, topic.topic_id, partition.partition)];
      if (entry == nullptr) {
        if (name == nullptr) {
          name = std::make_shared<const TopicName>(TopicName{topic.topic, topic.topic_id});
        }
        entry = std::make_shared<Entry>();
        entry->fired = fired_;
        entry->topic = name;
      }
      // Watched for what comes behind another offset.
      if (entry->watched != nullptr) entry->watched->cancel(entry->watch);
      entry->watched = nullptr;
      entry->asked = partition;
      make_stale(entry);
    }
  }
}

void FetchSession::forget(const Request::ForgottenTopic& topic) {
  for (const PartitionId partition : topic.partitions) {
    const auto found = entries_.find(key_of(by_id_, topic.topic, topic.topic_id, partition));
    if (found == entries_.end()) continue;
    const EntryPtr entry = found->second;
    entries_.erase(found);
    drop(entry);
    has_dropped_ = has_dropped_ || entry->pending;
  }
}

void FetchSession::make_stale(const EntryPtr& entry) {
  entry->stale = true;
  if (entry->pending) return;
  entry->pending = true;
  pending_.push_back(entry);
}

void FetchSession::drop(const EntryPtr& entry) {
  entry->dropped = true;
  if (entry->watched != nullptr) entry->watched->cancel(entry->watch);
  entry->watched = nullptr;
}

// The callback may come before this returns.
void FetchSession::watch(const EntryPtr& entry) {
  if (entry->watched != nullptr) {
    if (entry->watched == entry->read.place) return;
    entry->watched->cancel(entry->watch);
  }
  entry->watched = entry->read.place;
  if (entry->watched == nullptr) return;
  entry->watch = entry->watched->when_readable(entry->read.seen_to, entry->read.isolation,
                                               [weak = std::weak_ptr<Entry>(entry)] {
                                                 if (EntryPtr fired = weak.lock()) {
                                                   const std::shared_ptr<Fired> all = fired->fired;
                                                   all->add(std::move(fired));
                                                 }
                                               });
}

void FetchSession::take_fired() {
  for (const EntryPtr& entry : fired_->take()) {
    if (entry->dropped) continue;
    entry->watched = nullptr;
    make_stale(entry);
  }
}

FetchSession::Look FetchSession::look(const FetchLimits& limits) {
  const std::lock_guard lock(mutex_);
  take_fired();
  if (std::exchange(has_dropped_, false)) {
    std::erase_if(pending_, [](const EntryPtr& entry) { return entry->dropped; });
  }
  Look look;
  FetchReader reader(limits);
  for (const EntryPtr& entry : pending_) {
    if (!entry->stale) reader.add(entry->read.size_bytes);
  }
  for (const EntryPtr& entry : pending_) {
    if (entry->stale) {
      const TopicName& topic = *entry->topic;
      entry->read =
          reader.read(by_id_ ? topics_.find(topic.id) : topics_.find(topic.name),
                      by_id_ ? KafkaError::kUnknownTopicId : KafkaError::kUnknownTopicOrPartition,
                      entry->asked);
      entry->stale = entry->read.skipped;
    }
    look.size_bytes += entry->read.size_bytes;
    look.failed = look.failed || entry->read.failed();
  }
  return look;
}

void FetchSession::wait(std::int32_t epoch, Wake wake) {
  {
    const std::lock_guard lock(mutex_);
    if (epoch == epoch_) {
      for (const EntryPtr& entry : pending_) {
        watch(entry);
        // What is not enough to be sent is not kept meanwhile: it would hold memory.
        if (entry->read.size_bytes > 0) {
          entry->stale = true;
          entry->read = {};
        }
      }
      const std::lock_guard fired_lock(fired_->mutex);
      if (fired_->entries.empty()) {
        fired_->wake = std::move(wake);
        fired_->wake_epoch = epoch;
        return;
      }
    }
  }
  wake();
}

void FetchSession::end_wait(std::int32_t epoch) {
  const std::lock_guard lock(fired_->mutex);
  if (fired_->wake_epoch == epoch) fired_->wake = nullptr;
}

// Apache Kafka's rule.
bool FetchSession::has_news(const Entry& entry) const {
  const auto& answer = entry.read.answer;
  return entry.read.size_bytes > 0 || entry.read.failed() ||
         answer.high_watermark != entry.told_high_watermark ||
         answer.log_start_offset != entry.told_log_start;
}

void FetchSession::answer(Entry& entry, bool full, Response& response) {
  PartitionRead& read = entry.read;
  if (!full && !has_news(entry)) return;
  // Of a failed one nothing is known afterwards: it is told again.
  entry.told_high_watermark = read.failed() ? Offset{-1} : read.answer.high_watermark;
  entry.told_log_start = read.answer.log_start_offset;
  const TopicName& topic = *entry.topic;
  const bool same = !response.responses.empty() && response.responses.back().topic == topic.name &&
                    response.responses.back().topic_id == topic.id;
  if (!same) {
    Response::Topic& next = response.responses.emplace_back();
    next.topic = topic.name;
    next.topic_id = topic.id;
  }
  response.responses.back().partitions.push_back(std::move(read.answer));
}

std::optional<FetchSession::Response> FetchSession::finish(std::int32_t epoch, bool full,
                                                           bool keep) {
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return std::nullopt;
  Response response;
  std::deque<EntryPtr> pending;
  std::deque<EntryPtr> given;  // behind the others, so that each has its turn
  for (EntryPtr& entry : pending_) {
    const bool again = entry->read.failed() || entry->read.skipped;
    const bool has_records = entry->read.size_bytes > 0;
    answer(*entry, full, response);
    if (!keep) continue;
    if (again || has_records) {
      entry->stale = true;
      entry->read = {};
      (has_records ? given : pending).push_back(std::move(entry));
    } else {
      watch(entry);
      entry->pending = false;
      entry->read = {};
    }
  }
  pending.insert(pending.end(), std::make_move_iterator(given.begin()),
                 std::make_move_iterator(given.end()));
  pending_ = std::move(pending);
  return response;
}

}  // namespace daybook::broker

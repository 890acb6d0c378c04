#include "broker/fetch/fetch_session.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/topics/topics.h"

namespace daybook::broker {

struct FetchSession::TopicName {
  std::string name;
  Uuid id;
};

struct FetchSession::Entry {
  std::shared_ptr<const TopicName> topic;
  Request::Partition asked;
  // What the client knows; -1: nothing.
  Offset told_high_watermark{-1};
  Offset told_log_start{-1};

  bool pending = false;  // in pending_
  bool stale = false;    // `read` is not what there is
  bool dropped = false;
  std::unique_ptr<PartitionRead> read;      // by look(), until finish()
  std::shared_ptr<log::Partition> watched;  // null: not watched
  log::Partition::WaitId watch = log::Partition::kNoWait;
  std::uint64_t watch_number = 0;  // of the last watch: an earlier one may still be called
};

// What was woken since the last look. It stands apart from the session, because a callback may run
// while the session ends, and owns nothing: neither session nor partition ends in a callback.
struct FetchSession::Fired {
  struct Watch {
    std::weak_ptr<Entry> entry;
    std::uint64_t number;
  };

  std::mutex mutex;
  std::vector<Watch> watches;
  Wake wake;
  std::int32_t wake_epoch = 0;  // of the fetch that waits

  void add(Watch watch) {
    Wake wake_now;
    {
      const std::lock_guard lock(mutex);
      watches.push_back(std::move(watch));
      wake_now = std::exchange(wake, nullptr);
    }
    if (wake_now) wake_now();
  }
  std::vector<Watch> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(watches, {});
  }
};

std::size_t FetchSession::KeyHash::operator()(const Key& key) const {
  const std::size_t topic =
      key.name.empty() ? std::hash<Uuid>()(key.id) : std::hash<std::string>()(key.name);
  return topic + static_cast<std::size_t>(key.partition.value) * 0x9e3779b97f4a7c15u;
}

FetchSession::FetchSession(const Topics& topics, MemoryBudget& memory, bool by_id)
    : topics_(topics), memory_(memory), by_id_(by_id), fired_(std::make_shared<Fired>()) {}

FetchSession::~FetchSession() {
  for (const auto& [key, entry] : entries_) unwatch(*entry);
  memory_.give_back(charged_bytes_);
}

FetchSession::Key FetchSession::key_of(const std::string& name, const Uuid& id,
                                       PartitionId partition) const {
  return by_id_ ? Key{{}, id, partition} : Key{name, {}, partition};
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
  charge();
  const bool is_due = epoch_ == 0 || now - refreshed_ >= kFetchSessionRefresh;
  if (is_due) refreshed_ = now;
  const bool sees_other = isolation_level_ != request.isolation_level;
  isolation_level_ = request.isolation_level;
  if (epoch_ > 0 && (is_due || sees_other)) look_at_all_again(/*watch_anew=*/sees_other);
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

std::size_t FetchSession::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  return charged_bytes_;
}

void FetchSession::charge() {
  const std::size_t bytes = entries_.size() * kFetchPartitionBytes;
  memory_.take(bytes);
  memory_.give_back(std::exchange(charged_bytes_, bytes));
}

void FetchSession::take(const Request& request) {
  for (const Request::Topic& topic : request.topics) {
    std::shared_ptr<const TopicName> name;
    for (const Request::Partition& partition : topic.partitions) {
      EntryPtr& entry = entries_[key_of(topic.topic, topic.topic_id, partition.partition)];
      if (entry == nullptr) {
        if (name == nullptr) {
          name = std::make_shared<const TopicName>(TopicName{topic.topic, topic.topic_id});
        }
        entry = std::make_shared<Entry>();
        entry->topic = name;
      }
      unwatch(*entry);  // for what comes behind another offset
      entry->asked = partition;
      make_stale(entry);
    }
  }
}

void FetchSession::forget(const Request::ForgottenTopic& topic) {
  for (const PartitionId partition : topic.partitions) {
    const auto found = entries_.find(key_of(topic.topic, topic.topic_id, partition));
    if (found == entries_.end()) continue;
    const EntryPtr entry = std::move(found->second);
    entries_.erase(found);
    unwatch(*entry);
    entry->dropped = true;
    has_dropped_ = has_dropped_ || entry->pending;
  }
}

void FetchSession::look_at_all_again(bool watch_anew) {
  for (const auto& [key, entry] : entries_) {
    if (watch_anew) unwatch(*entry);
    make_stale(entry);
  }
}

void FetchSession::make_stale(const EntryPtr& entry) {
  entry->stale = true;
  if (entry->pending) return;
  entry->pending = true;
  pending_.push_back(entry);
}

void FetchSession::unwatch(Entry& entry) {
  if (entry.watched == nullptr) return;
  entry.watched->cancel(entry.watch);
  entry.watched = nullptr;
  ++entry.watch_number;
}

// The callback may come before this returns.
void FetchSession::watch(const EntryPtr& entry) {
  const PartitionRead& read = *entry->read;
  if (entry->watched != nullptr && entry->watched == read.place) return;
  unwatch(*entry);
  if (read.place == nullptr) return;
  entry->watched = read.place;
  const Fired::Watch watch{entry, ++entry->watch_number};
  entry->watch = read.place->when_readable(read.seen_to, read.isolation,
                                           [fired = fired_, watch] { fired->add(watch); });
}

void FetchSession::take_fired() {
  for (const Fired::Watch& watch : fired_->take()) {
    const EntryPtr entry = watch.entry.lock();
    if (entry == nullptr || entry->dropped || entry->watch_number != watch.number) continue;
    entry->watched = nullptr;
    make_stale(entry);
  }
}

FetchSession::Look FetchSession::look(std::int32_t epoch, const FetchLimits& limits) {
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return {.passed = true};
  take_fired();
  if (std::exchange(has_dropped_, false)) {
    std::erase_if(pending_, [](const EntryPtr& entry) { return entry->dropped; });
  }
  FetchReader reader(limits, io::Patience::kNone);
  for (const EntryPtr& entry : pending_) {
    if (!entry->stale) reader.add(entry->read->size_bytes);
  }
  for (const EntryPtr& entry : pending_) {
    if (!entry->stale) continue;
    auto found = std::make_unique<PartitionRead>(read(reader, *entry->topic, entry->asked));
    if (found->on_disk) return {.on_disk = true};
    entry->read = std::move(found);
    entry->stale = entry->read->skipped;
  }
  return sum_up(limits);
}

// Without the lock while it reads: another fetch may begin in this session, and ends this one.
FetchSession::Look FetchSession::look_on_disk(std::int32_t epoch, const FetchLimits& limits,
                                              const std::atomic<bool>& given_up) {
  struct Wanted {
    EntryPtr entry;
    std::shared_ptr<const TopicName> topic;
    Request::Partition asked;
    std::unique_ptr<PartitionRead> found{};
  };
  std::vector<Wanted> all;
  FetchReader reader(limits, io::Patience::kDisk);
  {
    const std::lock_guard lock(mutex_);
    if (epoch != epoch_) return {.passed = true};
    for (const EntryPtr& entry : pending_) {
      if (entry->stale) {
        all.push_back({entry, entry->topic, entry->asked});
      } else {
        reader.add(entry->read->size_bytes);
      }
    }
  }
  for (Wanted& wanted : all) {
    if (given_up) return {.passed = true};
    wanted.found = std::make_unique<PartitionRead>(read(reader, *wanted.topic, wanted.asked));
  }
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_) return {.passed = true};
  for (Wanted& wanted : all) {
    wanted.entry->read = std::move(wanted.found);
    wanted.entry->stale = wanted.entry->read->skipped;
  }
  return sum_up(limits);
}

PartitionRead FetchSession::read(FetchReader& reader, const TopicName& topic,
                                 const Request::Partition& asked) const {
  return reader.read(by_id_ ? topics_.find(topic.id) : topics_.find(topic.name),
                     by_id_ ? KafkaError::kUnknownTopicId : KafkaError::kUnknownTopicOrPartition,
                     asked);
}

FetchSession::Look FetchSession::sum_up(const FetchLimits& limits) const {
  Look look;
  for (const EntryPtr& entry : pending_) {
    look.size_bytes += entry->read->size_bytes;
    look.failed = look.failed || entry->read->failed();
    look.starved = look.starved || (limits.no_memory && entry->read->skipped);
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
        if (entry->read->size_bytes > 0) entry->stale = true;
        if (entry->stale) entry->read = nullptr;
      }
      const std::lock_guard fired_lock(fired_->mutex);
      if (fired_->watches.empty()) {
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

void FetchSession::answer(Entry& entry, bool full, Response& response) {
  PartitionRead& read = *entry.read;
  // Apache Kafka's rule of what is news to a client.
  const bool is_news = read.size_bytes > 0 || read.failed() ||
                       read.answer.high_watermark != entry.told_high_watermark ||
                       read.answer.log_start_offset != entry.told_log_start;
  if (!full && !is_news) return;
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
    const bool again = entry->read->failed() || entry->read->skipped;
    const bool has_records = entry->read->size_bytes > 0;
    answer(*entry, full, response);
    if (!keep) continue;
    if (again || has_records) {
      entry->stale = true;
      entry->read = nullptr;
      (has_records ? given : pending).push_back(std::move(entry));
    } else {
      watch(entry);
      entry->pending = false;
      entry->read = nullptr;
    }
  }
  pending.insert(pending.end(), std::make_move_iterator(given.begin()),
                 std::make_move_iterator(given.end()));
  pending_ = std::move(pending);
  return response;
}

}  // namespace daybook::broker

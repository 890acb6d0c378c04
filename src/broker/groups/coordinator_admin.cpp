// What tools ask of the groups, and how groups and their offsets come to an end.

#include <algorithm>
#include <utility>

#include "base/report.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "io/clock.h"

namespace daybook::broker {
namespace {

GroupDescription with_offsets_only() {
  GroupDescription description;
  description.state = "Empty";
  return description;
}

KafkaError error_of(const Status& done, std::string_view attempt) {
  if (done) return KafkaError::kNone;
  if (done.error().code != ErrorCode::kCancelled) {
    report(Severity::kError, "broker", std::string(attempt) + ": " + done.error().message);
  }
  return KafkaError::kCoordinatorNotAvailable;
}

}  // namespace

std::vector<ListedGroup> GroupCoordinator::list() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, ListedGroup> found;
  for (std::string& id : offsets_.group_ids()) {
    const GroupDescription empty = with_offsets_only();
    found.emplace(id, ListedGroup{id, empty.protocol_type, empty.state, kClassicType});
  }
  for (const auto& [id, entry] : groups_) {
    found.insert_or_assign(id, ListedGroup{id, entry.group.protocol_type(),
                                           entry.group.state_name(), entry.group.type()});
  }
  std::vector<ListedGroup> groups;
  groups.reserve(found.size());
  for (auto& [id, group] : found) groups.push_back(std::move(group));
  return groups;
}

std::optional<GroupDescription> GroupCoordinator::describe(const std::string& group_id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = groups_.find(group_id);
  if (entry == groups_.end()) {
    return offsets_.has_group(group_id) ? std::optional(with_offsets_only()) : std::nullopt;
  }
  const Group* const group = entry->second.group.classic();
  return group == nullptr ? std::nullopt : std::optional(group->describe());
}

std::optional<ConsumerGroupDescription> GroupCoordinator::describe_consumers(
    const std::string& group_id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = groups_.find(group_id);
  if (entry == groups_.end() || entry->second.group.consumers() == nullptr) return std::nullopt;
  return entry->second.group.consumers()->describe();
}

std::optional<StreamsGroupDescription> GroupCoordinator::describe_streams(
    const std::string& group_id, const TopicShapes& topics) const {
  const std::lock_guard lock(mutex_);
  const auto entry = groups_.find(group_id);
  if (entry == groups_.end() || entry->second.group.streams() == nullptr) return std::nullopt;
  return entry->second.group.streams()->describe(topics);
}

void GroupCoordinator::remove(const std::string& group_id,
                              std::move_only_function<void(KafkaError)> done) {
  std::unique_lock lock(mutex_);
  const auto entry = groups_.find(group_id);
  KafkaError refused = KafkaError::kNone;
  if (stopped_) {
    refused = KafkaError::kCoordinatorNotAvailable;
  } else if (entry == groups_.end() && !offsets_.has_group(group_id)) {
    refused = KafkaError::kGroupIdNotFound;
  } else if (entry != groups_.end() && entry->second.group.member_count() > 0) {
    refused = KafkaError::kNonEmptyGroup;
  }
  if (refused != KafkaError::kNone) {
    lock.unlock();
    done(refused);
    return;
  }
  offsets_.delete_group(group_id, [this, group_id, done = std::move(done)](Status removed) mutable {
    if (removed) forget(group_id);
    done(error_of(removed, "could not delete a group"));
  });
}

// After its row in the catalog is gone. If somebody has joined meanwhile, it is a new group, which
// the next epoch stores.
void GroupCoordinator::forget(const std::string& group_id) {
  const std::lock_guard lock(mutex_);
  const auto entry = groups_.find(group_id);
  if (entry == groups_.end()) return;
  if (!entry->second.group.deserted()) {
    entry->second.stored_revision = 0;
    entry->second.group.lose_changes();
    return;
  }
  timers_.cancel(entry->second.timer);
  groups_.erase(entry);
}

void GroupCoordinator::remove_offsets(const std::string& group_id,
                                      const std::vector<log::TopicPartition>& partitions,
                                      OffsetsRemoved done) {
  std::unique_lock lock(mutex_);
  const auto found = groups_.find(group_id);
  const AnyGroup* const group = found == groups_.end() ? nullptr : &found->second.group;
  const bool in_use = group != nullptr && group->member_count() > 0;
  KafkaError refused = KafkaError::kNone;
  if (stopped_) {
    refused = KafkaError::kCoordinatorNotAvailable;
  } else if (group == nullptr && !offsets_.has_group(group_id)) {
    refused = KafkaError::kGroupIdNotFound;
  } else if (in_use && !group->knows_topics()) {
    refused = KafkaError::kNonEmptyGroup;
  }
  if (refused != KafkaError::kNone) {
    lock.unlock();
    done(refused, {});
    return;
  }
  std::vector<KafkaError> results;
  std::vector<catalog::CommittedOffset> forgotten;
  for (const auto& [topic, partition] : partitions) {
    const bool is_read = in_use && group->reads(topic);
    results.push_back(is_read ? KafkaError::kGroupSubscribedToTopic : KafkaError::kNone);
    if (is_read) continue;
    if (auto offset = offsets_.find(group_id, topic, partition)) {
      forgotten.push_back(std::move(*offset));
    }
  }
  offsets_.forget(std::move(forgotten), [results = std::move(results),
                                         done = std::move(done)](Status removed) mutable {
    done(error_of(removed, "could not delete a group's offsets"), std::move(results));
  });
}

void GroupCoordinator::arm_expiry() {
  timers_.at(clock_.steady() + kOffsetsCheckInterval, [this] {
    expire_offsets();
    arm_expiry();
  });
}

// As in Kafka: counted from when the group became empty; from the commit, if it never had members
// or if its members read other topics by now.
bool GroupCoordinator::has_expired(const Entry* entry, const catalog::CommittedOffset& offset,
                                   TimestampMs now) const {
  TimestampMs since = offset.committed_at;
  if (entry != nullptr && entry->group.member_count() > 0) {
    if (entry->group.state_name() != "Stable") return false;
    if (!entry->group.knows_topics()) return false;
    if (entry->group.reads(offset.topic)) return false;
  } else if (entry != nullptr) {
    since = std::max(since, entry->emptied_at);
  }
  return since.value + settings_.offsets_retention.count() <= now.value;
}

void GroupCoordinator::expire_offsets() {
  const TimestampMs now = clock_.wall();
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  if (settings_.offsets_retention.count() > 0) {
    std::vector<catalog::CommittedOffset> expired;
    for (const std::string& id : offsets_.group_ids()) {
      const auto found = groups_.find(id);
      const Entry* const entry = found == groups_.end() ? nullptr : &found->second;
      for (auto& offset : offsets_.of_group(id)) {
        if (has_expired(entry, offset, now)) expired.push_back(std::move(offset));
      }
    }
    if (!expired.empty()) {
      offsets_.forget(std::move(expired), [](Status forgotten) {
        static_cast<void>(error_of(forgotten, "could not forget expired offsets"));
      });
    }
  }
  forget_idle_locked();
}

void GroupCoordinator::forget_idle_locked() {
  for (auto entry = groups_.begin(); entry != groups_.end();) {
    if (!entry->second.group.deserted() || offsets_.has_group(entry->first)) {
      ++entry;
      continue;
    }
    decisions_.decide(
        [id = entry->first](catalog::Catalog& catalog) { return catalog.forget_group(id); },
        [](Status forgotten) {
          static_cast<void>(error_of(forgotten, "could not forget an empty group"));
        });
    timers_.cancel(entry->second.timer);
    entry = groups_.erase(entry);
  }
}

}  // namespace daybook::broker

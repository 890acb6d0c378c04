#include "broker/groups/coordinator.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/report.h"
#include "broker/groups/consumer/upgrade.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/settings/group_configs.h"
#include "io/clock.h"

namespace daybook::broker {
namespace {

constexpr std::uint64_t kNotStored = std::numeric_limits<std::uint64_t>::max();

std::size_t size_of(const catalog::GroupMember& member) {
  std::size_t bytes = member.id.size() + member.assignment.size();
  for (const GroupProtocol& protocol : member.protocols) bytes += protocol.metadata.size();
  return bytes;
}

}  // namespace

GroupCoordinator::GroupCoordinator(const GroupSettings& settings, const GroupConfigs& configs,
                                   std::vector<catalog::Group> stored, io::Clock& clock,
                                   Timers& timers, Decisions& decisions, CommittedOffsets& offsets,
                                   Metrics& metrics)
    : settings_(settings),
      configs_(configs),
      clock_(clock),
      timers_(timers),
      decisions_(decisions),
      offsets_(offsets),
      metrics_(metrics) {
  const std::lock_guard lock(mutex_);
  for (catalog::Group& group : stored) restore(std::move(group));
  arm_expiry();
}

void GroupCoordinator::restore(catalog::Group stored) {
  const std::string id = stored.id;
  const TimestampMs emptied_at = stored.emptied_at;
  const TimePoint now = clock_.steady();
  AnyGroup made =
      stored.topology ? AnyGroup(StreamsGroup::restored(configs_.streams_settings_of(id),
                                                        std::move(stored), now))
      : stored.of_consumer_protocol
          ? AnyGroup(ConsumerGroup::restored(configs_.settings_of(id), std::move(stored), now))
          : AnyGroup(Group::restored(settings_, std::move(stored), now));
  const auto entry = groups_.try_emplace(id, std::move(made)).first;
  entry->second.stored_revision = entry->second.group.revision();
  const std::size_t members = entry->second.group.member_count();
  // Members that are not known now are gone, and are not known to be back.
  entry->second.emptied_at =
      members == 0 && emptied_at == kNoTimestamp ? clock_.wall() : emptied_at;
  if (members == 0) return;
  ++metrics_.groups;
  metrics_.group_members += static_cast<std::int64_t>(members);
  arm(entry);
}

template <class Action>
auto GroupCoordinator::with_group(const std::string& group_id, bool make, Action action) {
  Outbox out;
  std::unique_lock lock(mutex_);
  auto entry = groups_.find(group_id);
  if (entry == groups_.end() && make && !stopped_) entry = make_group(group_id);
  const bool found = entry != groups_.end() && !stopped_;
  AnyGroup* const group = found ? &entry->second.group : nullptr;
  const auto members_before = found ? group->member_count() : 0;
  const auto rebalances_before = found ? group->rebalances() : 0;
  const std::int32_t epoch_before = found ? group->epoch() : 0;
  const bool deserted_before = !found || group->deserted();
  auto result = action(group, clock_.steady(), out);
  if (found) {
    downgrade_if_due(*group, epoch_before, clock_.steady());
    metrics_.groups += (deserted_before ? 1 : 0) - (group->deserted() ? 1 : 0);
    metrics_.group_members += static_cast<std::int64_t>(group->member_count()) -
                              static_cast<std::int64_t>(members_before);
    metrics_.group_rebalances += std::max<std::int64_t>(0, group->rebalances() - rebalances_before);
    arm(entry);
    const bool behind = entry->second.saves_under_way > 0 && !out.empty();
    if (behind || group->revision() != entry->second.stored_revision) {
      save(entry, std::exchange(out, {}));
    } else if (group->deserted() && group->epoch() == 0) {
      groups_.erase(entry);
    }
  }
  lock.unlock();
  out.deliver();
  return result;
}

GroupCoordinator::Groups::iterator GroupCoordinator::make_group(const std::string& group_id) {
  if (groups_.size() >= kMaxGroups) forget_idle_locked();
  if (metrics_.groups >= static_cast<std::int64_t>(kMaxGroups)) return groups_.end();
  return groups_.try_emplace(group_id, AnyGroup(Group(settings_))).first;
}

void GroupCoordinator::arm(Groups::iterator entry) {
  const TimePoint next = entry->second.group.next_deadline();
  if (entry->second.group.deserted() || next < entry->second.armed_at) {
    timers_.cancel(std::exchange(entry->second.timer, Timers::kNone));
    entry->second.armed_at = TimePoint::max();
  }
  if (next < entry->second.armed_at) {
    entry->second.armed_at = next;
    entry->second.timer =
        timers_.at(next, [this, group_id = entry->first] { on_deadline(group_id); });
  }
}

// Queued under the lock, so that an older state is never written over a newer one. Answers that are
// given while a save is under way come behind it: they may tell of what it stores.
void GroupCoordinator::save(Groups::iterator entry, Outbox out) {
  Entry& saved = entry->second;
  saved.stored_revision = saved.group.revision();
  saved.emptied_at = saved.group.member_count() == 0 ? clock_.wall() : kNoTimestamp;
  catalog::Group row{.id = entry->first, .emptied_at = saved.emptied_at};
  saved.group.store(row);
  std::size_t member_bytes = 0;
  for (const catalog::GroupMember& member : row.members) member_bytes += size_of(member);
  if (member_bytes > kMaxStoredMembersBytes) row.members.clear();
  ++saved.saves_under_way;
  decisions_.decide([row = std::move(row), changes = saved.group.take_changes()](
                        catalog::Catalog& catalog) { return catalog.save_group(row, changes); },
                    [this, group_id = entry->first, out = std::move(out)](Status done) mutable {
                      on_saved(group_id, done);
                      out.deliver(done ? KafkaError::kNone : KafkaError::kCoordinatorNotAvailable);
                    });
}

void GroupCoordinator::on_saved(const std::string& group_id, const Status& saved) {
  if (!saved && saved.error().code != ErrorCode::kCancelled) {
    report(Severity::kError, "broker",
           "could not store an epoch of group '" + group_id + "': " + saved.error().message);
  }
  const std::lock_guard lock(mutex_);
  const auto entry = groups_.find(group_id);
  if (entry == groups_.end()) return;
  entry->second.saves_under_way = std::max(0, entry->second.saves_under_way - 1);
  if (!saved) {
    entry->second.stored_revision = kNotStored;
    entry->second.group.lose_changes();
  }
}

void GroupCoordinator::on_deadline(const std::string& group_id) {
  with_group(group_id, false, [&](AnyGroup* group, TimePoint now, Outbox& out) {
    if (group == nullptr) return false;
    groups_.find(group_id)->second.armed_at = TimePoint::max();
    group->expire(now, out);
    return true;
  });
}

void GroupCoordinator::join(const std::string& group_id, JoinRequest request,
                            const TopicShapesPtr& topics, JoinReply reply) {
  const bool is_new = request.member_id.empty();
  with_group(group_id, is_new, [&](AnyGroup* group, TimePoint now, Outbox& out) {
    JoinResult refused;
    refused.member_id = request.member_id;
    if (group == nullptr) {
      refused.error =
          is_new || stopped_ ? KafkaError::kCoordinatorNotAvailable : KafkaError::kUnknownMemberId;
    } else if (group->consumers() != nullptr && group->member_count() > 0) {
      refused.error = Group::fault_of(request, settings_);
      if (refused.error == KafkaError::kNone) {
        refused = group->consumers()->join(std::move(request), topics, now);
      }
    } else if (group->streams() != nullptr && group->member_count() > 0) {
      refused.error = KafkaError::kInconsistentGroupProtocol;
    } else {
      if (group->classic() == nullptr) group->become(Group(settings_, group->epoch()));
      group->classic()->join(std::move(request), std::move(reply), now, out);
      return true;
    }
    out.add(std::move(reply), std::move(refused));
    return false;
  });
}

void GroupCoordinator::sync(const std::string& group_id, SyncRequest request,
                            const TopicShapesPtr& topics, SyncReply reply) {
  with_group(group_id, false, [&](AnyGroup* group, TimePoint now, Outbox& out) {
    if (group == nullptr || group->streams() != nullptr) {
      SyncResult result;
      result.error = stopped_ ? KafkaError::kCoordinatorNotAvailable : KafkaError::kUnknownMemberId;
      out.add(std::move(reply), std::move(result));
    } else if (group->consumers() != nullptr) {
      out.add(std::move(reply), group->consumers()->sync(request, topics, now));
    } else {
      group->classic()->sync(std::move(request), std::move(reply), now, out);
    }
    return true;
  });
}

KafkaError GroupCoordinator::heartbeat(const std::string& group_id, const MemberIdentity& member,
                                       const TopicShapesPtr& topics) {
  return with_group(group_id, false, [&](AnyGroup* group, TimePoint now, Outbox&) {
    if (stopped_) return KafkaError::kCoordinatorNotAvailable;
    if (group == nullptr || group->streams() != nullptr) return KafkaError::kUnknownMemberId;
    if (group->consumers() != nullptr) return group->consumers()->heartbeat(member, topics, now);
    return group->classic()->heartbeat(member, now);
  });
}

std::vector<KafkaError> GroupCoordinator::leave(const std::string& group_id,
                                                std::span<const LeavingMember> members) {
  return with_group(group_id, false, [&](AnyGroup* group, TimePoint now, Outbox& out) {
    std::vector<KafkaError> results;
    for (const LeavingMember& member : members) {
      if (stopped_) {
        results.push_back(KafkaError::kCoordinatorNotAvailable);
      } else if (group == nullptr || group->streams() != nullptr) {
        results.push_back(KafkaError::kUnknownMemberId);
      } else if (group->classic() != nullptr) {
        results.push_back(group->classic()->leave(member, now, out));
      } else {
        results.push_back(group->consumers()->leave(member));
      }
    }
    return results;
  });
}

void GroupCoordinator::consumer_heartbeat(const std::string& group_id, ConsumerBeat beat,
                                          const TopicShapesPtr& topics, ConsumerBeatReply reply) {
  const bool joins = beat.member_epoch == kJoinEpoch;
  with_group(group_id, joins, [&](AnyGroup* group, TimePoint now, Outbox& out) {
    ConsumerBeatResult result;
    if (stopped_ || (group == nullptr && joins)) {
      result.error = KafkaError::kCoordinatorNotAvailable;
    } else if (group == nullptr) {
      result.error = KafkaError::kGroupIdNotFound;
      result.error_message = "Group " + group_id + " not found.";
    } else if (group->consumers() == nullptr &&
               (!joins || (group->streams() != nullptr && group->member_count() > 0))) {
      result.error = KafkaError::kGroupIdNotFound;
      result.error_message = "Group " + group_id + " is not a consumer group.";
    } else if (group->classic() != nullptr && group->member_count() > 0) {
      result = upgrade(*group, group_id, std::move(beat), topics, now, out);
    } else {
      const ConsumerGroupSettings settings = configs_.settings_of(group_id);
      if (group->consumers() == nullptr) group->become(ConsumerGroup(settings, group->epoch()));
      group->consumers()->configure(settings);
      result = group->consumers()->heartbeat(std::move(beat), topics, now);
    }
    out.add(std::move(reply), std::move(result));
    return true;
  });
}

void GroupCoordinator::streams_heartbeat(const std::string& group_id, StreamsBeat beat,
                                         const TopicShapesPtr& topics, StreamsBeatReply reply) {
  const bool joins = beat.member_epoch == kJoinEpoch;
  with_group(group_id, joins, [&](AnyGroup* group, TimePoint now, Outbox& out) {
    StreamsBeatResult result;
    if (stopped_ || (group == nullptr && joins)) {
      result.error = KafkaError::kCoordinatorNotAvailable;
    } else if (group == nullptr) {
      result.error = KafkaError::kGroupIdNotFound;
      result.error_message = "Group " + group_id + " not found.";
    } else if (group->streams() == nullptr && (!joins || !group->deserted())) {
      result.error = KafkaError::kGroupIdNotFound;
      result.error_message = "Group " + group_id + " is not a streams group.";
    } else {
      const StreamsGroupSettings settings = configs_.streams_settings_of(group_id);
      if (group->streams() == nullptr) group->become(StreamsGroup(settings, group->epoch()));
      group->streams()->configure(settings);
      result = group->streams()->heartbeat(std::move(beat), topics, now);
    }
    out.add(std::move(reply), std::move(result));
    return true;
  });
}

// With the first heartbeat of its first member that speaks the consumer protocol, or not at all.
ConsumerBeatResult GroupCoordinator::upgrade(AnyGroup& group, const std::string& group_id,
                                             ConsumerBeat beat, const TopicShapesPtr& topics,
                                             TimePoint now, Outbox& out) {
  ConsumerBeatResult result;
  std::string refused = "online upgrade is disabled";
  if (may_upgrade(settings_.migration)) {
    auto consumers = upgraded(*group.classic(), configs_.settings_of(group_id), *topics, now);
    if (consumers) {
      result = consumers->heartbeat(std::move(beat), topics, now);
      if (result.error != KafkaError::kNone) return result;
      group.classic()->close(KafkaError::kRebalanceInProgress, out);
      group.become(std::move(*consumers));
      return result;
    }
    refused = std::move(consumers).error();
  }
  result.error = KafkaError::kGroupIdNotFound;
  result.error_message =
      "Cannot upgrade classic group " + group_id + " to consumer group because " + refused + ".";
  return result;
}

// `epoch_before` is what the catalog has, and what members were told at most before they changed.
void GroupCoordinator::downgrade_if_due(AnyGroup& group, std::int32_t epoch_before,
                                        TimePoint now) const {
  const ConsumerGroup* const consumers = group.consumers();
  if (consumers == nullptr || !may_downgrade(settings_.migration)) return;
  if (!consumers->may_become_classic()) return;
  group.become(Group::restored(settings_, consumers->as_classic(epoch_before), now));
}

KafkaError GroupCoordinator::check_fetch(const std::string& group_id,
                                         const MemberIdentity& member) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return KafkaError::kCoordinatorNotAvailable;
  const auto entry = groups_.find(group_id);
  if (entry == groups_.end()) return KafkaError::kNone;
  const AnyGroup& group = entry->second.group;
  if (group.streams() != nullptr) return group.streams()->check_fetch(member);
  if (group.consumers() != nullptr) return group.consumers()->check_fetch(member);
  return KafkaError::kNone;
}

KafkaError GroupCoordinator::commit(const std::string& group_id, const MemberIdentity& member,
                                    std::move_only_function<void()> queue) {
  return with_group(group_id, false, [&](AnyGroup* group, TimePoint now, Outbox&) {
    KafkaError error = KafkaError::kNone;
    if (stopped_) {
      error = KafkaError::kCoordinatorNotAvailable;
    } else if (group != nullptr && group->classic() != nullptr) {
      error = group->classic()->check_commit(member, now);
    } else if (group != nullptr && group->streams() != nullptr) {
      error = group->streams()->check_commit(member);
    } else if (group != nullptr) {
      error = group->consumers()->check_commit(member);
    } else if (member.generation >= 0) {
      error = KafkaError::kIllegalGeneration;
    }
    if (error == KafkaError::kNone) queue();
    return error;
  });
}

void GroupCoordinator::stop() {
  Outbox out;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (auto& [id, entry] : groups_) {
      timers_.cancel(entry.timer);
      if (Group* const classic = entry.group.classic()) {
        classic->close(KafkaError::kCoordinatorNotAvailable, out);
      }
    }
    groups_.clear();
  }
  out.deliver();
}

}  // namespace daybook::broker

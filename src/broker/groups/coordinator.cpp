#include "broker/groups/coordinator.h"

#include <utility>

#include "broker/limits.h"
#include "broker/metrics.h"
#include "io/clock.h"

namespace daybook::broker {

GroupCoordinator::GroupCoordinator(const GroupSettings& settings, io::Clock& clock, Timers& timers,
                                   Metrics& metrics)
    : settings_(settings), clock_(clock), timers_(timers), metrics_(metrics) {}

template <class Action>
auto GroupCoordinator::with_group(const std::string& group_id, bool make, Action action) {
  Outbox out;
  std::unique_lock lock(mutex_);
  auto entry = groups_.find(group_id);
  if (entry == groups_.end() && make && !stopped_ && groups_.size() < kMaxGroups) {
    entry = groups_.try_emplace(group_id, Entry{Group(settings_)}).first;
    ++metrics_.groups;
  }
  const bool found = entry != groups_.end() && !stopped_;
  Group* const group = found ? &entry->second.group : nullptr;
  const auto members_before = group == nullptr ? 0 : group->member_count();
  const auto rebalances_before = group == nullptr ? 0 : group->rebalances();
  auto result = action(group, clock_.steady(), out);
  if (group != nullptr) {
    metrics_.group_members += static_cast<std::int64_t>(group->member_count()) -
                              static_cast<std::int64_t>(members_before);
    metrics_.group_rebalances += group->rebalances() - rebalances_before;
    settle(entry);
  }
  lock.unlock();
  out.deliver();
  return result;
}

void GroupCoordinator::settle(Groups::iterator entry) {
  const TimePoint next = entry->second.group.next_deadline();
  if (entry->second.group.deserted() || next < entry->second.armed_at) {
    timers_.cancel(std::exchange(entry->second.timer, Timers::kNone));
    entry->second.armed_at = TimePoint::max();
  }
  if (entry->second.group.deserted()) {
    --metrics_.groups;
    groups_.erase(entry);
  } else if (next < entry->second.armed_at) {
    entry->second.armed_at = next;
    entry->second.timer =
        timers_.at(next, [this, group_id = entry->first] { on_deadline(group_id); });
  }
}

void GroupCoordinator::on_deadline(const std::string& group_id) {
  with_group(group_id, false, [&](Group* group, TimePoint now, Outbox& out) {
    if (group == nullptr) return false;
    groups_.find(group_id)->second.armed_at = TimePoint::max();
    group->expire(now, out);
    return true;
  });
}

void GroupCoordinator::join(const std::string& group_id, JoinRequest request, JoinReply reply) {
  const bool is_new = request.member_id.empty();
  with_group(group_id, is_new, [&](Group* group, TimePoint now, Outbox& out) {
    if (group == nullptr) {
      JoinResult result;
      result.error =
          is_new || stopped_ ? KafkaError::kCoordinatorNotAvailable : KafkaError::kUnknownMemberId;
      result.member_id = request.member_id;
      out.add(std::move(reply), std::move(result));
    } else {
      group->join(std::move(request), std::move(reply), now, out);
    }
    return true;
  });
}

void GroupCoordinator::sync(const std::string& group_id, SyncRequest request, SyncReply reply) {
  with_group(group_id, false, [&](Group* group, TimePoint now, Outbox& out) {
    if (group == nullptr) {
      SyncResult result;
      result.error = stopped_ ? KafkaError::kCoordinatorNotAvailable : KafkaError::kUnknownMemberId;
      out.add(std::move(reply), std::move(result));
    } else {
      group->sync(std::move(request), std::move(reply), now, out);
    }
    return true;
  });
}

KafkaError GroupCoordinator::heartbeat(const std::string& group_id, const MemberIdentity& member) {
  return with_group(group_id, false, [&](Group* group, TimePoint now, Outbox&) {
    if (stopped_) return KafkaError::kCoordinatorNotAvailable;
    return group == nullptr ? KafkaError::kUnknownMemberId : group->heartbeat(member, now);
  });
}

std::vector<KafkaError> GroupCoordinator::leave(const std::string& group_id,
                                                std::span<const LeavingMember> members) {
  return with_group(group_id, false, [&](Group* group, TimePoint now, Outbox& out) {
    std::vector<KafkaError> results;
    for (const LeavingMember& member : members) {
      if (stopped_) {
        results.push_back(KafkaError::kCoordinatorNotAvailable);
      } else {
        results.push_back(group == nullptr ? KafkaError::kUnknownMemberId
                                           : group->leave(member, now, out));
      }
    }
    return results;
  });
}

KafkaError GroupCoordinator::check_commit(const std::string& group_id,
                                          const MemberIdentity& member) {
  return with_group(group_id, false, [&](Group* group, TimePoint now, Outbox&) {
    if (stopped_) return KafkaError::kCoordinatorNotAvailable;
    if (group != nullptr) return group->check_commit(member, now);
    return member.generation < 0 ? KafkaError::kNone : KafkaError::kIllegalGeneration;
  });
}

void GroupCoordinator::stop() {
  Outbox out;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (auto& [id, entry] : groups_) {
      timers_.cancel(entry.timer);
      entry.group.close(KafkaError::kCoordinatorNotAvailable, out);
    }
    groups_.clear();
  }
  out.deliver();
}

}  // namespace daybook::broker

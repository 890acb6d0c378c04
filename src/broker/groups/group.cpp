#include "broker/groups/group.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace daybook::broker {
namespace {

template <class Result>
Result refused_as(KafkaError error) {
  Result result;
  result.error = error;
  return result;
}

}  // namespace

bool Group::Member::supports(std::string_view protocol) const {
  return std::ranges::any_of(protocols, [&](const auto& p) { return p.name == protocol; });
}

const Bytes& Group::Member::metadata(std::string_view protocol) const {
  static const Bytes kNothing;
  const auto found =
      std::ranges::find_if(protocols, [&](const auto& p) { return p.name == protocol; });
  return found == protocols.end() ? kNothing : found->metadata;
}

void Group::sync(SyncRequest request, SyncReply reply, TimePoint now, Outbox& out) {
  KafkaError error = identify(request.member);
  if (error == KafkaError::kNone &&
      ((request.protocol_type && *request.protocol_type != protocol_type_) ||
       (request.protocol_name && *request.protocol_name != protocol_name_))) {
    error = KafkaError::kInconsistentGroupProtocol;
  }
  if (error == KafkaError::kNone && state_ == GroupState::kPreparing) {
    error = KafkaError::kRebalanceInProgress;
  }
  if (error != KafkaError::kNone) {
    out.add(std::move(reply), refused_as<SyncResult>(error));
    return;
  }
  Member& member = members_.find(request.member.member_id)->second;
  refuse_waiting(member, KafkaError::kRebalanceInProgress, out);
  member.synced = true;
  if (state_ == GroupState::kStable) {
    heard_from(member, now);
    out.add(std::move(reply), synced(member));
  } else {
    member.sync_reply = std::move(reply);
    member.silent_until = TimePoint::max();
    if (request.member.member_id == leader_id_) {
      become_stable(std::move(request.assignments), now, out);
    }
  }
  if (std::ranges::all_of(members_, [](const auto& m) { return m.second.synced; })) {
    phase_deadline_ = TimePoint::max();
  }
}

void Group::become_stable(std::vector<Assignment> assignments, TimePoint now, Outbox& out) {
  for (Assignment& assignment : assignments) {
    const auto member = members_.find(assignment.member_id);
    if (member != members_.end()) member->second.assignment = std::move(assignment.bytes);
  }
  state_ = GroupState::kStable;
  ++revision_;
  for (auto& [id, member] : members_) {
    if (!member.sync_reply) continue;
    heard_from(member, now);
    out.add(std::exchange(member.sync_reply, {}), synced(member));
  }
}

SyncResult Group::synced(const Member& member) const {
  SyncResult result;
  result.protocol_type = protocol_type_;
  result.protocol_name = protocol_name_;
  result.assignment = member.assignment;
  return result;
}

KafkaError Group::heartbeat(const MemberIdentity& identity, TimePoint now) {
  if (const KafkaError error = identify(identity); error != KafkaError::kNone) return error;
  Member& member = members_.find(identity.member_id)->second;
  if (!member.join_reply && !member.sync_reply) heard_from(member, now);
  return state_ == GroupState::kPreparing ? KafkaError::kRebalanceInProgress : KafkaError::kNone;
}

KafkaError Group::check_commit(const MemberIdentity& identity, TimePoint now) {
  // Who assigns its partitions itself only stores its offsets here.
  if (identity.generation < 0 && members_.empty()) return KafkaError::kNone;
  const KafkaError error = heartbeat(identity, now);
  if (error == KafkaError::kRebalanceInProgress) return KafkaError::kNone;
  if (error == KafkaError::kNone && state_ == GroupState::kCompleting) {
    return KafkaError::kRebalanceInProgress;
  }
  return error;
}

KafkaError Group::leave(const LeavingMember& leaving, TimePoint now, Outbox& out) {
  std::string id = leaving.member_id;
  if (leaving.instance_id) {
    const auto known = static_ids_.find(*leaving.instance_id);
    if (known == static_ids_.end()) return KafkaError::kUnknownMemberId;
    if (id.empty()) id = known->second;
    if (id != known->second) return KafkaError::kFencedInstanceId;
  }
  if (pending_.erase(id) > 0) {
    complete_if_all_joined(now, out);
    return KafkaError::kNone;
  }
  const auto member = members_.find(id);
  if (member == members_.end()) return KafkaError::kUnknownMemberId;
  remove_member(member, now, out);
  return KafkaError::kNone;
}

KafkaError Group::identify(const MemberIdentity& identity) const {
  if (identity.instance_id) {
    const auto known = static_ids_.find(*identity.instance_id);
    if (known == static_ids_.end()) return KafkaError::kUnknownMemberId;
    if (known->second != identity.member_id) return KafkaError::kFencedInstanceId;
  }
  if (!members_.contains(identity.member_id)) return KafkaError::kUnknownMemberId;
  return identity.generation == generation_ ? KafkaError::kNone : KafkaError::kIllegalGeneration;
}

void Group::prepare(TimePoint now, Outbox& out) {
  if (state_ != GroupState::kPreparing) {
    for (auto& [id, member] : members_) {
      if (!member.sync_reply) continue;
      heard_from(member, now);
      out.add(std::exchange(member.sync_reply, {}),
              refused_as<SyncResult>(KafkaError::kRebalanceInProgress));
    }
    const auto rebalance_timeout = longest_rebalance_timeout();
    gathering_ = state_ == GroupState::kEmpty && settings_.initial_delay.count() > 0;
    gathering_end_ = now + rebalance_timeout;
    phase_deadline_ = now + (gathering_ ? std::min(settings_.initial_delay, rebalance_timeout)
                                        : rebalance_timeout);
    state_ = GroupState::kPreparing;
    ++rebalances_;
  }
  complete_if_all_joined(now, out);
}

void Group::complete_if_all_joined(TimePoint now, Outbox& out) {
  if (state_ != GroupState::kPreparing) return;
  if (!members_.empty()) {
    if (gathering_ || !pending_.empty()) return;
    if (!std::ranges::all_of(members_, [](const auto& m) { return bool(m.second.join_reply); })) {
      return;
    }
  }
  complete_join(now, out);
}

void Group::complete_join(TimePoint now, Outbox& out) {
  gathering_ = false;
  // Static members that have not joined keep their place until their session ends.
  std::erase_if(members_, [](const auto& m) {
    return !m.second.join_reply && !m.second.instance_id.has_value();
  });
  if (members_.empty()) {
    ++generation_;
    ++revision_;
    state_ = GroupState::kEmpty;
    has_changed_protocol_ = false;
    protocol_name_.clear();
    leader_id_.clear();
    phase_deadline_ = TimePoint::max();
    return;
  }
  phase_deadline_ = now + longest_rebalance_timeout();
  if (!elect_leader()) return;
  has_changed_protocol_ = false;
  ++generation_;
  ++revision_;
  protocol_name_ = select_protocol();
  state_ = GroupState::kCompleting;
  for (auto& [id, member] : members_) {
    member.synced = false;
    member.assignment.clear();
    if (!member.join_reply) continue;
    heard_from(member, now);
    out.add(std::exchange(member.join_reply, {}), joined(id));
  }
}

// The leader must be somebody who has joined, for it has to make the assignment.
bool Group::elect_leader() {
  const auto leader = members_.find(leader_id_);
  if (leader != members_.end() && leader->second.join_reply) return true;
  const auto joined =
      std::ranges::find_if(members_, [](const auto& m) { return bool(m.second.join_reply); });
  if (joined == members_.end()) return false;
  leader_id_ = joined->first;
  return true;
}

void Group::refuse_waiting(Member& member, KafkaError error, Outbox& out) {
  if (member.join_reply) {
    out.add(std::exchange(member.join_reply, {}), refused_as<JoinResult>(error));
  }
  if (member.sync_reply) {
    out.add(std::exchange(member.sync_reply, {}), refused_as<SyncResult>(error));
  }
}

void Group::remove_member(Members::iterator member, TimePoint now, Outbox& out) {
  refuse_waiting(member->second, KafkaError::kUnknownMemberId, out);
  if (member->second.instance_id) static_ids_.erase(*member->second.instance_id);
  const bool led = member->first == leader_id_;
  members_.erase(member);
  if (led) leader_id_ = members_.empty() ? "" : members_.begin()->first;
  if (state_ == GroupState::kPreparing) {
    complete_if_all_joined(now, out);
  } else {
    prepare(now, out);
  }
}

void Group::expire(TimePoint now, Outbox& out) {
  expire_members(now, out);
  if (phase_deadline_ > now) return;
  if (state_ == GroupState::kPreparing) {
    complete_join(now, out);
  } else {
    remove_unsynced(now, out);
  }
}

void Group::expire_members(TimePoint now, Outbox& out) {
  if (std::erase_if(pending_, [&](const auto& p) { return p.second <= now; }) > 0) {
    complete_if_all_joined(now, out);
  }
  std::vector<std::string> silent;
  for (const auto& [id, member] : members_) {
    if (member.silent_until <= now) silent.push_back(id);
  }
  for (const std::string& id : silent) {
    if (const auto member = members_.find(id); member != members_.end()) {
      remove_member(member, now, out);
    }
  }
}

// Who was told of the new generation and never asked for its part holds up the others.
void Group::remove_unsynced(TimePoint now, Outbox& out) {
  phase_deadline_ = TimePoint::max();
  std::vector<std::string> unsynced;
  for (const auto& [id, member] : members_) {
    if (!member.synced) unsynced.push_back(id);
  }
  for (const std::string& id : unsynced) {
    if (const auto member = members_.find(id); member != members_.end()) {
      remove_member(member, now, out);
    }
  }
}

TimePoint Group::next_deadline() const {
  TimePoint next = phase_deadline_;
  for (const auto& [id, until] : pending_) next = std::min(next, until);
  for (const auto& [id, member] : members_) next = std::min(next, member.silent_until);
  return next;
}

void Group::close(KafkaError error, Outbox& out) {
  for (auto& [id, member] : members_) refuse_waiting(member, error, out);
}

// Of the protocols that all members support, the one that most of them prefer.
std::string Group::select_protocol() const {
  std::map<std::string, std::size_t> votes;
  for (const auto& [id, member] : members_) {
    for (const GroupProtocol& protocol : member.protocols) {
      if (!all_support(protocol.name)) continue;
      ++votes[protocol.name];
      break;
    }
  }
  DAYBOOK_CHECK(!votes.empty(), "members without a common protocol were let into one group");
  return std::ranges::max_element(votes, {}, [](const auto& v) { return v.second; })->first;
}

bool Group::all_support(std::string_view protocol) const {
  return std::ranges::all_of(members_, [&](const auto& m) { return m.second.supports(protocol); });
}

bool Group::shared_with_all(const std::vector<GroupProtocol>& protocols) const {
  return std::ranges::any_of(protocols, [&](const auto& p) { return all_support(p.name); });
}

std::chrono::milliseconds Group::longest_rebalance_timeout() const {
  std::chrono::milliseconds longest{0};
  for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

void Group::heard_from(Member& member, TimePoint now) {
  member.silent_until = now + member.session_timeout;
}

}  // namespace daybook::broker

// How members come into a group: new ones, known ones, and static ones that were restarted.

#include <utility>

#include "broker/groups/group.h"
#include "broker/limits.h"

namespace daybook::broker {

KafkaError Group::fault_of(const JoinRequest& request, const GroupSettings& settings) {
  if (request.session_timeout < settings.least_session_timeout ||
      request.session_timeout > settings.most_session_timeout) {
    return KafkaError::kInvalidSessionTimeout;
  }
  if (request.protocol_type.empty() || request.protocols.empty()) {
    return KafkaError::kInconsistentGroupProtocol;
  }
  std::size_t metadata_bytes = 0;
  for (const GroupProtocol& protocol : request.protocols) {
    metadata_bytes += protocol.metadata.size();
  }
  return metadata_bytes > kMaxMemberMetadataBytes ? KafkaError::kInvalidRequest : KafkaError::kNone;
}

KafkaError Group::refusal(const JoinRequest& request) const {
  if (const KafkaError fault = fault_of(request, settings_); fault != KafkaError::kNone) {
    return fault;
  }
  if (members_.empty()) return KafkaError::kNone;
  if (request.protocol_type != protocol_type_ || !shared_with_all(request.protocols)) {
    return KafkaError::kInconsistentGroupProtocol;
  }
  return KafkaError::kNone;
}

void Group::join(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out) {
  if (const KafkaError error = refusal(request); error != KafkaError::kNone) {
    out.add(std::move(reply), join_refused(error, std::move(request.member_id)));
  } else if (request.member_id.empty()) {
    join_new(std::move(request), std::move(reply), now, out);
  } else {
    join_known(std::move(request), std::move(reply), now, out);
  }
}

void Group::join_new(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out) {
  if (request.instance_id && static_ids_.contains(*request.instance_id)) {
    replace_static(std::move(request), std::move(reply), now, out);
  } else if (members_.size() + pending_.size() >= settings_.max_members) {
    out.add(std::move(reply), join_refused(KafkaError::kGroupMaxSizeReached, ""));
  } else if (request.must_know_its_id && !request.instance_id) {
    pending_[request.new_member_id] = now + request.session_timeout;
    out.add(std::move(reply), join_refused(KafkaError::kMemberIdRequired, request.new_member_id));
  } else {
    std::string id = request.new_member_id;
    add_member(std::move(id), std::move(request), std::move(reply), now, out);
  }
}

void Group::join_known(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out) {
  std::string id = request.member_id;
  if (!request.instance_id && pending_.erase(id) > 0) {
    add_member(std::move(id), std::move(request), std::move(reply), now, out);
    return;
  }
  const MemberIdentity identity{id, request.instance_id, generation_};
  if (const KafkaError error = identify(identity); error != KafkaError::kNone) {
    out.add(std::move(reply), join_refused(error, std::move(id)));
    return;
  }
  Member& member = members_.find(id)->second;
  const bool same = member.protocols == request.protocols;
  // A retry by somebody who did not hear the answer gets it again. A leader that joins a stable
  // group asks for a rebalance.
  const bool retry = same && (state_ == GroupState::kCompleting ||
                              (state_ == GroupState::kStable && id != leader_id_));
  if (!retry) {
    rejoin(member, std::move(request), std::move(reply), now, out);
    return;
  }
  if (!member.sync_reply) heard_from(member, now);
  out.add(std::move(reply), joined(id));
}

void Group::add_member(std::string id, JoinRequest request, JoinReply reply, TimePoint now,
                       Outbox& out) {
  if (members_.empty()) protocol_type_ = request.protocol_type;
  if (leader_id_.empty()) leader_id_ = id;
  if (request.instance_id) static_ids_[*request.instance_id] = id;
  Member member;
  member.instance_id = std::move(request.instance_id);
  take_over(member, request);
  member.join_reply = std::move(reply);
  member.silent_until = now + settings_.new_member_timeout;
  members_.insert_or_assign(std::move(id), std::move(member));
  if (gathering_) phase_deadline_ = std::min(now + settings_.initial_delay, gathering_end_);
  prepare(now, out);
}

// What a member says of itself each time that it joins.
void Group::take_over(Member& member, JoinRequest& request) {
  member.client_id = std::move(request.client_id);
  member.client_host = std::move(request.client_host);
  member.protocols = std::move(request.protocols);
  member.session_timeout = request.session_timeout;
  member.rebalance_timeout = request.rebalance_timeout;
}

void Group::rejoin(Member& member, JoinRequest request, JoinReply reply, TimePoint now,
                   Outbox& out) {
  refuse_waiting(member, KafkaError::kRebalanceInProgress, out);
  take_over(member, request);
  member.join_reply = std::move(reply);
  // It is not expected to send heartbeats while it waits; the rebalance has its own end.
  member.silent_until = TimePoint::max();
  prepare(now, out);
}

// A static member comes back under its instance id, after a restart: it takes the place of the one
// it was, which is fenced. If nothing else changed, the others need not hear of it.
void Group::replace_static(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out) {
  std::string& id = static_ids_.find(*request.instance_id)->second;
  const std::string old_id = std::exchange(id, request.new_member_id);
  auto node = members_.extract(old_id);
  refuse_waiting(node.mapped(), KafkaError::kFencedInstanceId, out);
  node.key() = id;
  const bool leads = leader_id_ == old_id;
  if (leads) leader_id_ = id;
  Member& member = members_.insert(std::move(node)).position->second;
  member.protocols = request.protocols;
  if (state_ != GroupState::kStable || select_protocol() != protocol_name_) {
    rejoin(member, std::move(request), std::move(reply), now, out);
    return;
  }
  take_over(member, request);
  ++revision_;
  heard_from(member, now);
  JoinResult result = joined(id);
  if (leads && request.may_skip_assignment) {
    result.skip_assignment = true;
  } else if (leads) {
    // It would make a new assignment for a generation that has one: let it think it follows.
    result.leader_id = old_id;
    result.members.clear();
  }
  out.add(std::move(reply), std::move(result));
}

JoinResult Group::joined(const std::string& member_id) const {
  JoinResult result;
  result.member_id = member_id;
  result.generation = generation_;
  result.protocol_type = protocol_type_;
  result.protocol_name = protocol_name_;
  result.leader_id = leader_id_;
  if (member_id != leader_id_) return result;
  result.members.reserve(members_.size());
  for (const auto& [id, member] : members_) {
    result.members.push_back({id, member.instance_id, member.metadata(protocol_name_)});
  }
  return result;
}

}  // namespace daybook::broker

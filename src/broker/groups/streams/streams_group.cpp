#include "broker/groups/streams/streams_group.h"

#include <algorithm>
#include <utility>

namespace daybook::broker {
namespace {

StreamsBeatResult refused_beat(KafkaError error, std::string message) {
  StreamsBeatResult result;
  result.error = error;
  result.error_message = std::move(message);
  return result;
}

}  // namespace

void StreamsGroup::configure(const StreamsGroupSettings& settings) {
  if (settings.standby_replicas != settings_.standby_replicas && !members_.empty()) ++epoch_;
  settings_ = settings;
}

StreamsBeatResult StreamsGroup::heartbeat(StreamsBeat beat, const TopicShapesPtr& topics,
                                          TimePoint now) {
  if (beat.member_epoch == kLeaveEpoch) return leave(beat);
  if (members_.empty() && beat.topology) take_topology(*beat.topology);
  look_at(topics);
  const std::size_t members_before = members_.size();
  auto found = find_member(beat);
  if (!found) return std::move(found).error();
  Member& member = (*found)->second;
  const bool joins = beat.member_epoch == kJoinEpoch;
  if (update(member, beat) || members_.size() != members_before) ++epoch_;
  if (epoch_ > target_epoch_) make_target();

  const Tasks before = member.assigned;
  reconcile(member, beat.owned, joins, now);
  member.silent_until = now + settings_.session_timeout;
  if (beat.shuts_down) shut_down_by_ = member.id;
  StreamsBeatResult result;
  result.member_id = member.id;
  result.member_epoch = member.epoch;
  result.heartbeat_interval = settings_.heartbeat_interval;
  const bool says_everything = beat.rebalance_timeout && beat.owned;
  if (joins || says_everything || before != member.assigned) {
    result.assignment = member.assigned;
    if (member.endpoint) ++endpoint_epoch_;
  }
  result.endpoint_epoch = endpoint_epoch_;
  if (beat.endpoint_epoch != endpoint_epoch_) result.endpoints = endpoints();
  result.status = status_for(member);
  result.missing = configured_.missing;
  return result;
}

// Whom the heartbeat is from; a new one if it joins. Nothing has changed if it is refused.
std::expected<StreamsGroup::Members::iterator, StreamsBeatResult> StreamsGroup::find_member(
    const StreamsBeat& beat) {
  const bool joins = beat.member_epoch == kJoinEpoch;
  const auto member = members_.find(beat.member_id);
  if (member == members_.end() && !joins) {
    return std::unexpected(
        refused_beat(KafkaError::kUnknownMemberId,
                     "Member " + beat.member_id + " is not a member of the group."));
  }
  if (member == members_.end() && members_.size() >= settings_.max_members) {
    return std::unexpected(refused_beat(KafkaError::kGroupMaxSizeReached,
                                        "The group has as many members as it may have."));
  }
  if (member != members_.end() && !speaks_in_time(member->second, beat)) {
    return std::unexpected(refused_beat(
        KafkaError::kFencedMemberEpoch,
        "The member is at epoch " + std::to_string(member->second.epoch) + ", not at " +
            std::to_string(beat.member_epoch) + ". It must abandon its tasks and rejoin."));
  }
  if (beat.topology && !fits(*beat.topology)) {
    return std::unexpected(
        refused_beat(KafkaError::kInvalidRequest, "Topology updates are not supported yet."));
  }
  if (has_unknown_tasks(beat)) {
    return std::unexpected(refused_beat(KafkaError::kInvalidRequest,
                                        "The member has tasks that its topology does not have."));
  }
  if (member != members_.end()) return member;
  const auto joined = members_.try_emplace(beat.member_id).first;
  joined->second.id = beat.member_id;
  touch(joined->second);
  return joined;
}

// An older one is stale, and may stay.
bool StreamsGroup::fits(const StreamsTopology& topology) const {
  return topology_ && (topology.epoch < topology_->epoch || same_topology(topology, *topology_));
}

bool StreamsGroup::has_unknown_tasks(const StreamsBeat& beat) const {
  if (!beat.owned || !is_ready()) return false;
  bool unknown = false;
  for (const TaskSets* sets : {&beat.owned->active, &beat.owned->standby}) {
    for_each_task(*sets, [&](const std::string& id, std::int32_t partition) {
      const auto subtopology = configured_.subtopologies.find(id);
      unknown = unknown || subtopology == configured_.subtopologies.end() || partition < 0 ||
                partition >= subtopology->second.tasks;
    });
  }
  return unknown;
}

// A member that did not hear the last answer may still speak of the epoch before it, unless it has
// more than it was given.
bool StreamsGroup::speaks_in_time(const Member& member, const StreamsBeat& beat) {
  if (beat.member_epoch == kJoinEpoch || beat.member_epoch == member.epoch) return true;
  return beat.member_epoch == member.previous_epoch && beat.owned &&
         contains_all(member.assigned, *beat.owned);
}

// True if the others' tasks may depend on what has changed.
bool StreamsGroup::update(Member& member, const StreamsBeat& beat) {
  bool changed = false;
  const auto set = [&](auto& known, const auto& told) {
    if (known == told) return;
    known = told;
    changed = true;
  };
  if (beat.rack_id) set(member.rack_id, beat.rack_id);
  set(member.client_id, beat.client_id);
  set(member.client_host, beat.client_host);
  if (beat.rebalance_timeout) set(member.rebalance_timeout, *beat.rebalance_timeout);
  if (beat.topology) set(member.topology_epoch, beat.topology->epoch);
  if (beat.endpoint) set(member.endpoint, beat.endpoint);
  if (beat.tags) set(member.tags, *beat.tags);
  if (beat.process_id && *beat.process_id != member.process_id) {
    release(member);
    set(member.process_id, *beat.process_id);
    hold(member);
  }
  if (beat.member_epoch == kJoinEpoch && member.epoch != kJoinEpoch) {
    member.epoch = kJoinEpoch;
    member.previous_epoch = kJoinEpoch;
    touch(member);
  }
  if (changed) touch(member);
  return changed;
}

StreamsBeatResult StreamsGroup::leave(const StreamsBeat& beat) {
  const auto member = members_.find(beat.member_id);
  if (member == members_.end()) {
    return refused_beat(KafkaError::kUnknownMemberId,
                        "Member " + beat.member_id + " is not a member of the group.");
  }
  if (beat.shuts_down) shut_down_by_ = beat.member_id;
  remove(member);
  StreamsBeatResult result;
  result.member_id = beat.member_id;
  result.member_epoch = beat.member_epoch;
  return result;
}

void StreamsGroup::remove(Members::iterator member) {
  release(member->second);
  gone_.insert(member->first);
  if (member->second.endpoint) ++endpoint_epoch_;
  members_.erase(member);
  if (members_.empty()) shut_down_by_.clear();
  ++epoch_;
}

KafkaError StreamsGroup::check_commit(const MemberIdentity& identity) const {
  // Tools set the offsets of an empty group.
  if (identity.generation < 0 && members_.empty()) return KafkaError::kNone;
  const auto member = members_.find(identity.member_id);
  if (member == members_.end()) return KafkaError::kUnknownMemberId;
  if (!identity.knows_epochs) return KafkaError::kUnsupportedVersion;
  const bool is_in_time = identity.generation <= member->second.epoch &&
                          identity.generation >= member->second.keeps_since;
  return is_in_time ? KafkaError::kNone : KafkaError::kStaleMemberEpoch;
}

KafkaError StreamsGroup::check_fetch(const MemberIdentity& identity) const {
  if (identity.member_id.empty() && identity.generation < 0) return KafkaError::kNone;
  const auto member = members_.find(identity.member_id);
  if (member == members_.end()) return KafkaError::kUnknownMemberId;
  return identity.generation == member->second.epoch ? KafkaError::kNone
                                                     : KafkaError::kStaleMemberEpoch;
}

void StreamsGroup::expire(TimePoint now) {
  std::vector<std::string> late;
  for (const auto& [id, member] : members_) {
    if (std::min(member.silent_until, member.revoking_until) <= now) late.push_back(id);
  }
  for (const std::string& id : late) remove(members_.find(id));
}

TimePoint StreamsGroup::next_deadline() const {
  TimePoint next = TimePoint::max();
  for (const auto& [id, member] : members_) {
    next = std::min({next, member.silent_until, member.revoking_until});
  }
  return next;
}

std::vector<StreamsStatus> StreamsGroup::status_for(const Member& member) const {
  std::vector<StreamsStatus> status;
  if (topology_ && member.topology_epoch < topology_->epoch) {
    status.push_back({StreamsStatusCode::kStaleTopology,
                      "The member's topology epoch " + std::to_string(member.topology_epoch) +
                          " is behind the group's topology epoch " +
                          std::to_string(topology_->epoch) + "."});
  }
  if (configured_.problem) status.push_back(*configured_.problem);
  if (!shut_down_by_.empty()) {
    status.push_back({StreamsStatusCode::kShutdownApplication,
                      "Member " + shut_down_by_ +
                          " has met a fatal error and asked for a shutdown of the application."});
  }
  return status;
}

void StreamsGroup::touch(Member& member) {
  member.changed = true;
  ++changes_;
}

}  // namespace daybook::broker

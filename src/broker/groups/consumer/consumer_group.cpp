#include "broker/groups/consumer/consumer_group.h"

#include <algorithm>
#include <utility>

#include "broker/limits.h"

namespace daybook::broker {
namespace {

ConsumerBeatResult refused(KafkaError error, std::string message) {
  ConsumerBeatResult result;
  result.error = error;
  result.error_message = std::move(message);
  return result;
}

ConsumerBeatResult unknown_member(const ConsumerBeat& beat) {
  return refused(KafkaError::kUnknownMemberId,
                 "Member " + beat.member_id + " is not a member of the group.");
}

}  // namespace

ConsumerBeatResult ConsumerGroup::heartbeat(ConsumerBeat beat, const TopicShapesPtr& topics,
                                            TimePoint now) {
  if (beat.member_epoch == kLeaveEpoch || beat.member_epoch == kLeaveForAWhileEpoch) {
    return leave(beat);
  }
  look_at(topics);
  const std::size_t members_before = members_.size();
  auto found = find_member(beat);
  if (!found) return std::move(found).error();
  const Members::iterator member = *found;
  const std::int32_t asked_epoch = beat.member_epoch;
  if (update(member->second, beat) || members_.size() != members_before) ++epoch_;
  if (epoch_ > target_epoch_) make_target();

  const PartitionSets before = member->second.assigned;
  reconcile(member->second, beat.owned, asked_epoch == kJoinEpoch, now);
  heard_from(member->second, now);
  member->second.next_step_until = TimePoint::max();
  ConsumerBeatResult result;
  result.member_id = member->first;
  result.member_epoch = member->second.epoch;
  result.heartbeat_interval = settings_.heartbeat_interval;
  const bool says_everything =
      beat.rebalance_timeout && beat.owned && (beat.topic_names || beat.topic_regex);
  // Who is to give something back and does not say what it has may not have heard of it: when an
  // answer gets lost, librdkafka repeats a heartbeat that says nothing.
  const bool may_not_know = member->second.progress == Progress::kUnrevoked && !beat.owned;
  if (asked_epoch == kJoinEpoch || says_everything || may_not_know ||
      before != member->second.assigned) {
    result.assignment = member->second.assigned;
  }
  return result;
}

// Whom the heartbeat is from; a new one if it joins. Nothing has changed if it is refused.
std::expected<ConsumerGroup::Members::iterator, ConsumerBeatResult> ConsumerGroup::find_member(
    const ConsumerBeat& beat) {
  const bool joins = beat.member_epoch == kJoinEpoch;
  auto member = members_.find(beat.member_id);
  const auto place = beat.instance_id ? static_ids_.find(*beat.instance_id) : static_ids_.end();
  const bool takes_place = place != static_ids_.end() && place->second != beat.member_id;
  if (takes_place && !joins) {
    return std::unexpected(refused(KafkaError::kFencedInstanceId,
                                   "Another member has instance id " + *beat.instance_id + "."));
  }
  if (takes_place &&
      (member != members_.end() || !may_be_replaced(members_.at(place->second), beat))) {
    return std::unexpected(
        refused(KafkaError::kUnreleasedInstanceId,
                "Instance id " + *beat.instance_id + " is still used by another member."));
  }
  const bool is_known = takes_place || member != members_.end();
  const bool is_lost = beat.instance_id && place == static_ids_.end();
  const bool spoke_otherwise =
      member != members_.end() && member->second.classic.has_value() != beat.classic.has_value();
  if (!joins && (!is_known || is_lost || spoke_otherwise)) {
    return std::unexpected(unknown_member(beat));
  }
  if (!is_known && members_.size() >= settings_.max_members) {
    return std::unexpected(
        refused(KafkaError::kGroupMaxSizeReached, "The group has as many members as it may have."));
  }
  if (member != members_.end() && !speaks_in_time(member->second, beat)) {
    return std::unexpected(refused(
        KafkaError::kFencedMemberEpoch,
        "The member is at epoch " + std::to_string(member->second.epoch) + ", not at " +
            std::to_string(beat.member_epoch) + ". It must abandon its partitions and rejoin."));
  }
  const Member* const before = takes_place ? &members_.at(place->second)
                               : is_known  ? &member->second
                                           : nullptr;
  if (!has_room_for(beat, before)) {
    return std::unexpected(refused(KafkaError::kGroupMaxSizeReached,
                                   "What the members of the group say of themselves would be more "
                                   "than " +
                                       std::to_string(kMaxStoredMembersBytes) + " bytes."));
  }
  if (std::string wrong; beat.topic_regex && !know_pattern(*beat.topic_regex, wrong)) {
    return std::unexpected(refused(KafkaError::kInvalidRegularExpression, std::move(wrong)));
  }
  if (takes_place) {
    member = take_place(place, beat.member_id);
  } else if (!is_known) {
    member = members_.try_emplace(beat.member_id).first;
    member->second.id = beat.member_id;
    touch(member->second);
  }
  if (beat.instance_id) {
    // It may have had another one before it joined again.
    if (member->second.instance_id) static_ids_.erase(*member->second.instance_id);
    static_ids_[*beat.instance_id] = beat.member_id;
  }
  return member;
}

// By another one with its instance id. Who speaks the classic protocol does not say that it leaves.
bool ConsumerGroup::may_be_replaced(const Member& member, const ConsumerBeat& by) {
  return member.epoch == kLeaveForAWhileEpoch || member.classic || by.classic;
}

// A member that did not hear the last answer may still speak of the epoch before it, unless it has
// more than it was given.
bool ConsumerGroup::speaks_in_time(const Member& member, const ConsumerBeat& beat) {
  if (beat.member_epoch == kJoinEpoch || beat.member_epoch == member.epoch) return true;
  return member.epoch > 0 && beat.member_epoch == member.previous_epoch && beat.owned &&
         contains_all(member.assigned, *beat.owned);
}

// The member of a static id that has come back, under a new id of its own.
ConsumerGroup::Members::iterator ConsumerGroup::take_place(StaticIds::iterator place,
                                                           const std::string& member_id) {
  auto node = members_.extract(place->second);
  release(node.mapped());
  node.key() = member_id;
  node.mapped().id = member_id;
  gone_.insert(std::exchange(place->second, member_id));
  const auto member = members_.insert(std::move(node)).position;
  touch(member->second);
  hold(member->second);
  return member;
}

// True if what it reads has changed.
bool ConsumerGroup::update(Member& member, ConsumerBeat& beat) {
  const auto set = [&](auto& known, const auto& told) {
    if (known == told) return;
    known = told;
    touch(member);
  };
  if (beat.member_epoch == kJoinEpoch) {
    set(member.epoch, kJoinEpoch);
    set(member.previous_epoch, kJoinEpoch);
  }
  if (beat.instance_id) set(member.instance_id, beat.instance_id);
  if (beat.rack_id) set(member.rack_id, beat.rack_id);
  set(member.client_id, beat.client_id);
  set(member.client_host, beat.client_host);
  if (beat.rebalance_timeout) set(member.rebalance_timeout, *beat.rebalance_timeout);
  if (beat.assignor || beat.classic) set(member.assignor, beat.assignor);
  set(member.classic, beat.classic);
  bool changed = false;
  if (beat.topic_names) {
    std::set<std::string, std::less<>> names(beat.topic_names->begin(), beat.topic_names->end());
    changed = names != member.topic_names;
    member.topic_names = std::move(names);
    member.names_bytes = bytes_of_names(member.topic_names);
  }
  if (beat.topic_regex && *beat.topic_regex != member.topic_regex) {
    member.topic_regex = *beat.topic_regex;
    forget_unused_patterns();
    changed = true;
  }
  if (changed) touch(member);
  return changed;
}

ConsumerBeatResult ConsumerGroup::leave(const ConsumerBeat& beat) {
  const auto member = members_.find(beat.member_id);
  if (beat.instance_id) {
    const auto place = static_ids_.find(*beat.instance_id);
    if (place == static_ids_.end()) return unknown_member(beat);
    if (place->second != beat.member_id) {
      return refused(KafkaError::kFencedInstanceId,
                     "Another member has instance id " + *beat.instance_id + ".");
    }
  }
  if (member == members_.end() || member->second.classic) return unknown_member(beat);
  if (beat.member_epoch == kLeaveForAWhileEpoch) {
    // Its partitions are kept for it until its session ends.
    member->second.epoch = kLeaveForAWhileEpoch;
    touch(member->second);
    member->second.revoking_until = TimePoint::max();
  } else {
    remove(member);
  }
  ConsumerBeatResult result;
  result.member_id = beat.member_id;
  result.member_epoch = beat.member_epoch;
  return result;
}

KafkaError ConsumerGroup::leave(const LeavingMember& leaving) {
  std::string id = leaving.member_id;
  if (leaving.instance_id) {
    const auto place = static_ids_.find(*leaving.instance_id);
    if (place == static_ids_.end()) return KafkaError::kUnknownMemberId;
    if (id.empty()) id = place->second;
    if (id != place->second) return KafkaError::kFencedInstanceId;
  }
  const auto member = members_.find(id);
  if (member == members_.end()) return KafkaError::kUnknownMemberId;
  remove(member);
  return KafkaError::kNone;
}

void ConsumerGroup::remove(Members::iterator member) {
  release(member->second);
  if (member->second.instance_id) static_ids_.erase(*member->second.instance_id);
  gone_.insert(member->first);
  members_.erase(member);
  forget_unused_patterns();
  ++epoch_;
}

KafkaError ConsumerGroup::check_epoch(const Member& member, std::int32_t epoch) {
  if (epoch == member.epoch) return KafkaError::kNone;
  return member.classic ? KafkaError::kIllegalGeneration : KafkaError::kStaleMemberEpoch;
}

KafkaError ConsumerGroup::check_commit(const MemberIdentity& identity) const {
  // Tools set the offsets of an empty group.
  if (identity.generation < 0 && members_.empty()) return KafkaError::kNone;
  const auto member = members_.find(identity.member_id);
  if (member == members_.end()) return KafkaError::kUnknownMemberId;
  if (!identity.knows_epochs && !member->second.classic) return KafkaError::kUnsupportedVersion;
  return check_epoch(member->second, identity.generation);
}

KafkaError ConsumerGroup::check_fetch(const MemberIdentity& identity) const {
  if (identity.member_id.empty() && identity.generation < 0) return KafkaError::kNone;
  const auto member = members_.find(identity.member_id);
  if (member == members_.end()) return KafkaError::kUnknownMemberId;
  return check_epoch(member->second, identity.generation);
}

void ConsumerGroup::expire(TimePoint now) {
  std::vector<std::string> late;
  for (const auto& [id, member] : members_) {
    const TimePoint until =
        std::min({member.silent_until, member.revoking_until, member.next_step_until});
    if (until <= now) late.push_back(id);
  }
  for (const std::string& id : late) remove(members_.find(id));
}

void ConsumerGroup::heard_from(Member& member, TimePoint now) const {
  member.silent_until =
      now + (member.classic ? member.classic->session_timeout : settings_.session_timeout);
}

TimePoint ConsumerGroup::next_deadline() const {
  TimePoint next = TimePoint::max();
  for (const auto& [id, member] : members_) {
    next = std::min({next, member.silent_until, member.revoking_until, member.next_step_until});
  }
  return next;
}

std::string_view ConsumerGroup::state_name() const {
  if (members_.empty()) return "Empty";
  if (epoch_ > target_epoch_) return "Assigning";
  const bool all = std::ranges::all_of(members_, [&](const auto& m) { return arrived(m.second); });
  return all ? "Stable" : "Reconciling";
}

ConsumerGroupDescription ConsumerGroup::describe() const {
  ConsumerGroupDescription description;
  description.state = state_name();
  description.epoch = epoch_;
  description.assignment_epoch = target_epoch_;
  description.assignor = preferred_assignor();
  for (const auto& [id, member] : members_) {
    DescribedConsumer& described = description.members.emplace_back();
    described.member_id = id;
    described.instance_id = member.instance_id;
    described.rack_id = member.rack_id;
    described.member_epoch = member.epoch;
    described.is_classic = member.classic.has_value();
    described.client_id = member.client_id;
    described.client_host = member.client_host;
    described.topic_names.assign(member.topic_names.begin(), member.topic_names.end());
    if (!member.topic_regex.empty()) described.topic_regex = member.topic_regex;
    described.assignment = member.assigned;
    described.target = member.target;
  }
  return description;
}

}  // namespace daybook::broker

// Members of a group of the consumer protocol that speak the classic one, as while the consumers of
// a group are replaced one by one. Nobody waits for anybody: JoinGroup is answered at once with the
// member's epoch for a generation, SyncGroup with what it is assigned, Heartbeat with
// REBALANCE_IN_PROGRESS while there is something to give back or to get.

#include <algorithm>
#include <utility>

#include "broker/groups/consumer/consumer_group.h"
#include "broker/limits.h"

namespace daybook::broker {
namespace {

SyncResult sync_refused(KafkaError error) {
  SyncResult result;
  result.error = error;
  return result;
}

bool has_protocol(const std::vector<GroupProtocol>& protocols, std::string_view name) {
  return std::ranges::any_of(protocols, [&](const auto& each) { return each.name == name; });
}

// The version of its metadata, in which it also understands assignments.
std::int16_t version_of(const catalog::ClassicPart& part) {
  const auto subscription = read_subscription(part.protocols.front().metadata);
  return subscription ? subscription->version : std::int16_t{0};
}

}  // namespace

JoinResult ConsumerGroup::join(JoinRequest request, const TopicShapesPtr& topics, TimePoint now) {
  const auto subscription = read_subscription(request.protocols.front().metadata);
  if (!subscription || !shares_protocol(request)) {
    return join_refused(KafkaError::kInconsistentGroupProtocol, std::move(request.member_id));
  }
  if (request.member_id.empty() && request.must_know_its_id && !request.instance_id) {
    return join_refused(KafkaError::kMemberIdRequired, std::move(request.new_member_id));
  }
  look_at(topics);
  std::string asked_id = request.member_id;
  auto beat = to_beat(std::move(request));
  if (!beat) return join_refused(beat.error(), std::move(asked_id));
  const bool joins = beat->member_epoch == kJoinEpoch;
  const std::size_t members_before = members_.size();
  auto found = find_member(*beat);
  if (!found) return join_refused(found.error().error, std::move(asked_id));
  Member& member = (*found)->second;
  if (update(member, *beat) || members_.size() != members_before) ++epoch_;
  if (epoch_ > target_epoch_) make_target();

  const PartitionSets owned =
      joins ? PartitionSets{} : partitions_by_id(subscription->owned, *topics_);
  const PartitionSets owned_and_unwanted =
      filtered(owned, [&](const Uuid& topic, std::int32_t partition) {
        return contains(member.assigned, topic, partition) &&
               !contains(member.target, topic, partition);
      });
  reconcile(member, owned, owned_and_unwanted.empty(), now);
  heard_from(member, now);
  member.next_step_until = now + member.rebalance_timeout;
  JoinResult result;
  result.member_id = member.id;
  result.generation = member.epoch;
  result.protocol_type = kConsumerProtocolType;
  result.protocol_name = member.classic->protocols.front().name;
  return result;
}

// What the request says in the words of the other protocol. A member that is known speaks of the
// epoch that it has; whoever comes with an id of its own otherwise is new.
std::expected<ConsumerBeat, KafkaError> ConsumerGroup::to_beat(JoinRequest request) const {
  const bool has_id = !request.member_id.empty();
  std::string id = has_id ? std::move(request.member_id) : std::move(request.new_member_id);
  if (id.size() > kMaxConsumerIdBytes) return std::unexpected(KafkaError::kInvalidRequest);
  if (request.instance_id && has_id) {
    const auto place = static_ids_.find(*request.instance_id);
    if (place != static_ids_.end() && place->second != id) {
      return std::unexpected(KafkaError::kFencedInstanceId);
    }
  }
  auto subscription = read_subscription(request.protocols.front().metadata);
  const auto known = members_.find(id);
  const bool goes_on = known != members_.end() && known->second.classic &&
                       known->second.instance_id == request.instance_id;
  ConsumerBeat beat;
  beat.member_id = std::move(id);
  beat.member_epoch = goes_on ? known->second.epoch : kJoinEpoch;
  beat.instance_id = std::move(request.instance_id);
  beat.rack_id = std::move(subscription->rack_id);
  beat.client_id = std::move(request.client_id);
  beat.client_host = std::move(request.client_host);
  beat.rebalance_timeout = request.rebalance_timeout;
  beat.topic_names = std::move(subscription->topics);
  beat.topic_regex = "";
  beat.classic = {.session_timeout = request.session_timeout,
                  .protocols = std::move(request.protocols)};
  return beat;
}

// With all the others that speak the classic protocol, so that they can have a generation.
bool ConsumerGroup::shares_protocol(const JoinRequest& request) const {
  if (request.protocol_type != kConsumerProtocolType) return false;
  return std::ranges::any_of(request.protocols, [&](const GroupProtocol& protocol) {
    return std::ranges::all_of(members_, [&](const auto& m) {
      const Member& other = m.second;
      const bool is_itself = other.id == request.member_id ||
                             (other.instance_id && other.instance_id == request.instance_id);
      return is_itself || !other.classic || has_protocol(other.classic->protocols, protocol.name);
    });
  });
}

SyncResult ConsumerGroup::sync(const SyncRequest& request, const TopicShapesPtr& topics,
                               TimePoint now) {
  look_at(topics);
  if (const KafkaError error = identify(request.member); error != KafkaError::kNone) {
    return sync_refused(error);
  }
  Member& member = members_.find(request.member.member_id)->second;
  const std::string& protocol_name = member.classic->protocols.front().name;
  if ((request.protocol_type && *request.protocol_type != kConsumerProtocolType) ||
      (request.protocol_name && *request.protocol_name != protocol_name)) {
    return sync_refused(KafkaError::kInconsistentGroupProtocol);
  }
  // Who has something to give back is told what to keep first.
  if (member.epoch < epoch_ && member.progress != Progress::kUnrevoked) {
    return sync_refused(KafkaError::kRebalanceInProgress);
  }
  heard_from(member, now);
  member.next_step_until = TimePoint::max();
  SyncResult result;
  result.protocol_type = kConsumerProtocolType;
  result.protocol_name = protocol_name;
  result.assignment = write_assignment(version_of(*member.classic), by_name(member.assigned));
  return result;
}

KafkaError ConsumerGroup::heartbeat(const MemberIdentity& identity, const TopicShapesPtr& topics,
                                    TimePoint now) {
  look_at(topics);
  if (const KafkaError error = identify(identity); error != KafkaError::kNone) return error;
  Member& member = members_.find(identity.member_id)->second;
  heard_from(member, now);
  if (!has_to_rejoin(member)) return KafkaError::kNone;
  if (member.next_step_until == TimePoint::max()) {
    member.next_step_until = now + member.rebalance_timeout;
  }
  return KafkaError::kRebalanceInProgress;
}

// To learn of a new target, to say what it has given back, or to get what others have.
bool ConsumerGroup::has_to_rejoin(const Member& member) const {
  if (member.epoch < epoch_ || member.progress == Progress::kUnrevoked) return true;
  if (member.progress == Progress::kStable) return false;
  const PartitionSets awaited =
      filtered(member.target, [&](const Uuid& topic, std::int32_t partition) {
        return !contains(member.assigned, topic, partition) && is_held(topic, partition);
      });
  return awaited.empty();
}

KafkaError ConsumerGroup::identify(const MemberIdentity& identity) const {
  if (identity.instance_id) {
    const auto place = static_ids_.find(*identity.instance_id);
    if (place == static_ids_.end()) return KafkaError::kUnknownMemberId;
    if (place->second != identity.member_id) return KafkaError::kFencedInstanceId;
  }
  const auto member = members_.find(identity.member_id);
  if (member == members_.end() || !member->second.classic) return KafkaError::kUnknownMemberId;
  return check_epoch(member->second, identity.generation);
}

// Without topics that do not exist any more.
NamedPartitions ConsumerGroup::by_name(const PartitionSets& sets) const {
  NamedPartitions partitions;
  for (const auto& [name, shape] : *topics_) {
    const auto found = sets.find(shape.id);
    if (found != sets.end()) partitions.emplace(name, found->second);
  }
  return partitions;
}

bool ConsumerGroup::may_become_classic() const {
  return !members_.empty() && !topics_->empty() &&
         std::ranges::all_of(members_, [](const auto& m) { return m.second.classic.has_value(); });
}

catalog::Group ConsumerGroup::as_classic(std::int32_t least) const {
  catalog::Group row{.protocol_type = kConsumerProtocolType, .epoch = least, .assigned = true};
  const auto shared = [&](const GroupProtocol& protocol) {
    return std::ranges::all_of(members_, [&](const auto& m) {
      return has_protocol(m.second.classic->protocols, protocol.name);
    });
  };
  for (const GroupProtocol& protocol : members_.begin()->second.classic->protocols) {
    if (row.protocol_name.empty() && shared(protocol)) row.protocol_name = protocol.name;
  }
  for (const auto& [id, member] : members_) {
    row.epoch = std::max(row.epoch, member.epoch);
    PartitionSets has = member.assigned;
    add_all(has, member.revoking);
    row.members.push_back(
        {.id = id,
         .instance_id = member.instance_id,
         .client_id = member.client_id,
         .client_host = member.client_host,
         .session_timeout = member.classic->session_timeout,
         .rebalance_timeout = member.rebalance_timeout,
         .protocols = member.classic->protocols,
         .assignment = write_assignment(version_of(*member.classic), by_name(has))});
  }
  return row;
}

}  // namespace daybook::broker

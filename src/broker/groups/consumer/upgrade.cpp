#include "broker/groups/consumer/upgrade.h"

#include <algorithm>
#include <utility>

#include "broker/limits.h"

namespace daybook::broker {
namespace {

// Nobody has these but whoever takes them first: a leader may have assigned a partition twice.
PartitionSets take(const PartitionSets& wanted, PartitionSets& taken) {
  PartitionSets mine = filtered(wanted, [&](const Uuid& topic, std::int32_t index) {
    return !contains(taken, topic, index);
  });
  add_all(taken, mine);
  return mine;
}

catalog::ConsumerMember converted(catalog::GroupMember from, Subscription subscription,
                                  std::int32_t generation) {
  catalog::ConsumerMember member{.id = std::move(from.id)};
  member.instance_id = std::move(from.instance_id);
  member.rack_id = std::move(subscription.rack_id);
  member.client_id = std::move(from.client_id);
  member.client_host = std::move(from.client_host);
  member.rebalance_timeout = from.rebalance_timeout;
  member.topic_names.insert(subscription.topics.begin(), subscription.topics.end());
  member.epoch = generation;
  member.previous_epoch = generation;
  member.classic = {.session_timeout = from.session_timeout,
                    .protocols = std::move(from.protocols)};
  return member;
}

}  // namespace

std::expected<ConsumerGroup, std::string> upgraded(const Group& group,
                                                   const ConsumerGroupSettings& settings,
                                                   const TopicShapes& topics, TimePoint now) {
  if (group.protocol_type() != kConsumerProtocolType) {
    return std::unexpected("the group does not use the consumer embedded protocol");
  }
  if (group.member_count() > settings.max_members) {
    return std::unexpected("the group exceeds the consumer group max size");
  }
  catalog::Group row;
  group.store_as_it_is(row);
  catalog::Group made{.of_consumer_protocol = true,
                      .protocol_type = kConsumerProtocolType,
                      .epoch = row.epoch,
                      .target_epoch = row.epoch};
  PartitionSets taken;
  std::vector<PartitionSets> owned;
  for (catalog::GroupMember& from : row.members) {
    auto subscription = read_subscription(from.protocols.front().metadata);
    const auto assignment = read_assignment(from.assignment);
    if (!subscription || !assignment || from.id.size() > kMaxConsumerIdBytes) {
      return std::unexpected("the embedded consumer protocol is malformed");
    }
    owned.push_back(partitions_by_id(subscription->owned, topics));
    // Nothing is assigned before the leader has done so: until then everybody has what it had.
    const PartitionSets has =
        from.assignment.empty() ? owned.back() : partitions_by_id(*assignment, topics);
    made.consumers.push_back(converted(std::move(from), std::move(*subscription), row.epoch));
    made.consumers.back().assigned = take(has, taken);
    made.consumers.back().target = made.consumers.back().assigned;
  }
  auto still_has = owned.begin();
  for (catalog::ConsumerMember& member : made.consumers) {
    member.revoking = take(*still_has++, taken);
  }
  ConsumerGroup consumers = ConsumerGroup::restored(settings, std::move(made), now);
  consumers.lose_changes();
  return consumers;
}

}  // namespace daybook::broker

// What of a group of the consumer protocol outlasts a restart of the server, as in Apache Kafka:
// its epochs and its members, with what they read, what they have and what they are to have.

#include <algorithm>
#include <utility>

#include "broker/groups/consumer/consumer_group.h"

namespace daybook::broker {

ConsumerGroup ConsumerGroup::restored(const ConsumerGroupSettings& settings, catalog::Group stored,
                                      TimePoint now) {
  ConsumerGroup group(settings, stored.epoch);
  group.all_changed_ = false;
  if (stored.consumers.empty()) return group;
  group.target_epoch_ = stored.target_epoch;
  for (catalog::ConsumerMember& member : stored.consumers) group.restore(std::move(member), now);
  // Each partition that somebody read was somebody's target.
  for (const auto& [id, member] : group.members_) {
    for (const auto& [topic, partitions] : member.target) {
      group.read_topics_[topic] += static_cast<std::int32_t>(partitions.size());
    }
  }
  return group;
}

// Unless it does not go together with the others.
void ConsumerGroup::restore(catalog::ConsumerMember stored, TimePoint now) {
  std::string wrong;
  if (!know_pattern(stored.topic_regex, wrong)) return;
  for (const PartitionSets* sets : {&stored.assigned, &stored.revoking}) {
    const PartitionSets free = filtered(
        *sets, [&](const Uuid& topic, std::int32_t index) { return !is_held(topic, index); });
    if (free != *sets) return;
  }
  if (share_any(stored.assigned, stored.revoking)) return;
  Member member{.instance_id = std::move(stored.instance_id),
                .rack_id = std::move(stored.rack_id),
                .client_id = std::move(stored.client_id),
                .client_host = std::move(stored.client_host),
                .rebalance_timeout = stored.rebalance_timeout,
                .topic_names = std::move(stored.topic_names),
                .topic_regex = std::move(stored.topic_regex),
                .assignor = std::move(stored.assignor),
                .epoch = stored.epoch,
                .previous_epoch = stored.previous_epoch,
                .assigned = std::move(stored.assigned),
                .revoking = std::move(stored.revoking),
                .target = std::move(stored.target),
                .silent_until = now + settings_.session_timeout};
  if (!member.revoking.empty()) {
    member.progress = Progress::kUnrevoked;
    if (member.epoch != kLeaveForAWhileEpoch)
      member.revoking_until = now + member.rebalance_timeout;
  } else if (count_of(member.assigned) != count_of(member.target)) {
    member.progress = Progress::kUnreleased;
  }
  if (member.instance_id) static_ids_[*member.instance_id] = stored.id;
  const auto added = members_.emplace(std::move(stored.id), std::move(member)).first;
  hold(added->first, added->second);
}

void ConsumerGroup::store(catalog::Group& into) const {
  into.protocol_type = "consumer";
  into.epoch = epoch_;
  into.target_epoch = target_epoch_;
}

catalog::ConsumerChanges ConsumerGroup::take_changes() {
  catalog::ConsumerChanges changes{.all = std::exchange(all_changed_, false),
                                   .gone = std::exchange(gone_, {})};
  for (auto& [id, member] : members_) {
    if (!std::exchange(member.changed, false) && !changes.all) continue;
    changes.changed.push_back({.id = id,
                               .instance_id = member.instance_id,
                               .rack_id = member.rack_id,
                               .client_id = member.client_id,
                               .client_host = member.client_host,
                               .rebalance_timeout = member.rebalance_timeout,
                               .topic_names = member.topic_names,
                               .topic_regex = member.topic_regex,
                               .assignor = member.assignor,
                               .epoch = member.epoch,
                               .previous_epoch = member.previous_epoch,
                               .assigned = member.assigned,
                               .revoking = member.revoking,
                               .target = member.target});
  }
  return changes;
}

void ConsumerGroup::touch(Member& member) {
  member.changed = true;
  ++changes_;
}

}  // namespace daybook::broker

// What of a group of the consumer protocol outlasts a restart of the server, as in Apache Kafka:
// its epochs and its members, with what they read, what they have and what they are to have.

#include <algorithm>
#include <utility>

#include "broker/groups/consumer/consumer_group.h"
#include "broker/limits.h"

namespace daybook::broker {
namespace {

// About, without what is assigned: a partition is assigned once.
std::size_t bytes_of(const catalog::ConsumerMember& member, std::size_t names_bytes) {
  const auto size_of = [](const std::optional<std::string>& text) {
    return text ? text->size() : 0;
  };
  std::size_t classic_bytes = 0;
  if (member.classic) {
    for (const GroupProtocol& protocol : member.classic->protocols) {
      classic_bytes += kConsumerRowBytes + protocol.name.size() + protocol.metadata.size();
    }
  }
  return classic_bytes + kConsumerRowBytes + member.id.size() + size_of(member.instance_id) +
         size_of(member.rack_id) + member.client_id.size() + member.client_host.size() +
         member.topic_regex.size() + size_of(member.assignor) + names_bytes;
}

}  // namespace

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
  if (members_.contains(stored.id) || !know_pattern(stored.topic_regex, wrong)) return;
  if (stored.instance_id && static_ids_.contains(*stored.instance_id)) return;
  if (stored.classic && stored.classic->protocols.empty()) return;
  if (stored.assignor && find_assignor(*stored.assignor) == nullptr) return;
  for (const PartitionSets* sets : {&stored.assigned, &stored.revoking}) {
    const PartitionSets free = filtered(
        *sets, [&](const Uuid& topic, std::int32_t index) { return !is_held(topic, index); });
    if (free != *sets) return;
  }
  if (share_any(stored.assigned, stored.revoking)) return;
  Member member{std::move(stored)};
  member.names_bytes = bytes_of_names(member.topic_names);
  heard_from(member, now);
  if (!member.revoking.empty()) {
    member.progress = Progress::kUnrevoked;
    if (member.epoch != kLeaveForAWhileEpoch)
      member.revoking_until = now + member.rebalance_timeout;
  } else if (count_of(member.assigned) != count_of(member.target)) {
    member.progress = Progress::kUnreleased;
  }
  if (member.instance_id) static_ids_[*member.instance_id] = member.id;
  hold(member);
  members_.emplace(member.id, std::move(member));
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
    changes.changed.push_back(member);
  }
  return changes;
}

// In the catalog, with what this beat says of its member; `member` is what is known, null if
// nothing.
bool ConsumerGroup::has_room_for(const ConsumerBeat& beat, const Member* member) const {
  const Member nobody;
  const Member& known = member == nullptr ? nobody : *member;
  const catalog::ConsumerMember said{
      .id = beat.member_id,
      .instance_id = beat.instance_id ? beat.instance_id : known.instance_id,
      .rack_id = beat.rack_id ? beat.rack_id : known.rack_id,
      .client_id = beat.client_id,
      .client_host = beat.client_host,
      .topic_regex = beat.topic_regex.value_or(known.topic_regex),
      .assignor = beat.assignor ? beat.assignor : known.assignor,
      .classic = beat.classic};
  std::size_t bytes =
      bytes_of(said, beat.topic_names ? bytes_of_names(*beat.topic_names) : known.names_bytes);
  const std::size_t before = member == nullptr ? 0 : bytes_of(known, known.names_bytes);
  if (bytes <= before) return true;
  bytes -= before;
  for (const auto& [id, other] : members_) bytes += bytes_of(other, other.names_bytes);
  return bytes <= kMaxStoredMembersBytes;
}

void ConsumerGroup::touch(Member& member) {
  member.changed = true;
  ++changes_;
}

}  // namespace daybook::broker

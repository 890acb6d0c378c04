// What of a group of the streams protocol outlasts a restart of the server, as in Apache Kafka: its
// epochs, its topology, and its members with what they have and what they are to have.

#include <algorithm>
#include <utility>

#include "broker/groups/streams/streams_group.h"

namespace daybook::broker {

StreamsGroup StreamsGroup::restored(const StreamsGroupSettings& settings, catalog::Group stored,
                                    TimePoint now) {
  StreamsGroup group(settings, stored.epoch);
  group.all_changed_ = false;
  if (!stored.topology) return group;
  group.topology_ = read_topology(*stored.topology);
  if (!group.topology_) return group;
  group.topology_bytes_ = *std::move(stored.topology);
  if (stored.streams.empty()) return group;
  group.target_epoch_ = stored.target_epoch;
  for (catalog::StreamsMember& member : stored.streams) group.restore(std::move(member), now);
  // Each task is somebody's target.
  for (const auto& [id, member] : group.members_) {
    for (const auto& [subtopology, partitions] : member.target.active) {
      group.assigned_[subtopology] += static_cast<std::int32_t>(partitions.size());
    }
  }
  return group;
}

// Unless it does not go together with the others.
void StreamsGroup::restore(catalog::StreamsMember stored, TimePoint now) {
  if (members_.contains(stored.id)) return;
  if (share_any(stored.assigned, stored.revoking)) return;
  for (const Tasks* tasks : {&stored.assigned, &stored.revoking}) {
    const TaskSets free =
        filtered(tasks->active, [&](const auto&... task) { return !runners_.contains({task...}); });
    if (free != tasks->active) return;
  }
  Member member{std::move(stored)};
  member.keeps_since = member.epoch;
  member.silent_until = now + settings_.session_timeout;
  if (!empty(member.revoking)) {
    member.progress = Progress::kUnrevoked;
    member.revoking_until = now + member.rebalance_timeout;
  } else if (member.assigned != member.target) {
    member.progress = Progress::kUnreleased;
  }
  hold(member);
  members_.emplace(member.id, std::move(member));
}

void StreamsGroup::store(catalog::Group& into) const {
  into.protocol_type = "streams";
  into.epoch = epoch_;
  into.target_epoch = target_epoch_;
  into.topology = topology_bytes_;
}

catalog::ConsumerChanges StreamsGroup::take_changes() {
  catalog::ConsumerChanges changes{.all = std::exchange(all_changed_, false),
                                   .gone = std::exchange(gone_, {})};
  for (auto& [id, member] : members_) {
    if (!std::exchange(member.changed, false) && !changes.all) continue;
    changes.changed_streams.push_back(member);
  }
  return changes;
}

}  // namespace daybook::broker

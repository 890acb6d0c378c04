// From the topology and the topics to the target assignment, and from there to what each member
// has.

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "broker/groups/streams/streams_group.h"
#include "broker/groups/streams/task_assignor.h"

namespace daybook::broker {

// That of the first member; the group is empty.
void StreamsGroup::take_topology(StreamsTopology topology) {
  if (topology_ && same_topology(topology, *topology_)) return;
  topology_bytes_ = write_topology(topology);
  topology_ = std::move(topology);
  ++changes_;
  topics_ = nullptr;  // they are to be looked at again
}

// The target is made anew if the application has other tasks now.
void StreamsGroup::look_at(const TopicShapesPtr& topics) {
  if (topics == topics_ || !topology_) return;
  topics_ = topics;
  configured_ = daybook::broker::configure(*topology_, *topics_);
  std::map<std::string, std::int32_t> tasks;
  if (is_ready()) {
    for (const auto& [id, subtopology] : configured_.subtopologies) {
      tasks[id] = subtopology.tasks;
    }
  }
  if (tasks != assigned_) ++epoch_;
}

void StreamsGroup::make_target() {
  std::vector<TaskMember> asking;
  for (const auto& [id, member] : members_) {
    asking.push_back({.id = id, .process_id = member.process_id, .current = member.target});
  }
  const std::map<std::string, ConfiguredSubtopology> none;
  const auto& subtopologies = is_ready() ? configured_.subtopologies : none;
  std::vector<Tasks> targets = assign_tasks(asking, subtopologies, settings_.standby_replicas);
  auto target = targets.begin();
  for (auto& [id, member] : members_) {
    if (member.target != *target) touch(member);
    member.target = std::move(*target++);
  }
  ++changes_;
  assigned_.clear();
  for (const auto& [id, subtopology] : subtopologies) assigned_[id] = subtopology.tasks;
  target_epoch_ = epoch_;
  ++rebalances_;
}

bool StreamsGroup::arrived(const Member& member) const {
  return member.progress == Progress::kStable && member.epoch == target_epoch_;
}

void StreamsGroup::reconcile(Member& member, const std::optional<Tasks>& owned, bool has_nothing,
                             TimePoint now) {
  if (arrived(member)) return;
  std::int32_t epoch = member.epoch;
  if (member.progress == Progress::kUnrevoked && !has_nothing) {
    if (!owned || share_any(*owned, member.revoking)) return;
    ++epoch;
  }
  const std::tuple was(member.epoch, member.previous_epoch, member.assigned, member.revoking);
  release(member);
  move_on(member, epoch, owned ? &*owned : nullptr, has_nothing);
  if (was != std::tie(member.epoch, member.previous_epoch, member.assigned, member.revoking)) {
    touch(member);
  }
  hold(member);
  member.revoking_until =
      member.progress == Progress::kUnrevoked ? now + member.rebalance_timeout : TimePoint::max();
}

// As far towards its target as others let it.
void StreamsGroup::move_on(Member& member, std::int32_t epoch, const Tasks* owned,
                           bool has_nothing) {
  Tasks kept{.active = common(member.assigned.active, member.target.active),
             .standby = common(member.assigned.standby, member.target.standby)};
  Tasks unwanted{.active = without(member.assigned.active, member.target.active),
                 .standby = without(member.assigned.standby, member.target.standby)};
  const bool gives_back = !unwanted.active.empty() || !member.revoking.active.empty();
  member.previous_epoch = member.epoch;
  const bool has_unwanted =
      !has_nothing && !empty(unwanted) && (owned == nullptr || share_any(*owned, unwanted));
  if (has_unwanted) {
    if (!member.revoking.active.empty()) member.keeps_since = epoch;
    member.epoch = epoch;
    member.progress = Progress::kUnrevoked;
    member.assigned = std::move(kept);
    member.revoking = std::move(unwanted);
    return;
  }
  const TaskSets wanted{without(member.target.active, kept.active)};
  const TaskSets standbys{without(member.target.standby, kept.standby)};
  const TaskSets free = filtered(
      wanted, [&](const auto& id, std::int32_t index) { return may_run(member, {id, index}); });
  const TaskSets free_standbys = filtered(standbys, [&](const auto& id, std::int32_t index) {
    return may_stand_by(member, {id, index});
  });
  member.progress =
      free == wanted && free_standbys == standbys ? Progress::kStable : Progress::kUnreleased;
  add_all(kept.active, free);
  add_all(kept.standby, free_standbys);
  member.epoch = target_epoch_;
  if (gives_back || has_nothing) member.keeps_since = member.epoch;
  member.assigned = std::move(kept);
  member.revoking = {};
}

// What the member has itself is not held while this is asked.
bool StreamsGroup::may_run(const Member& member, const Task& task) const {
  return !runners_.contains(task) && !standbys_.contains({member.process_id, task});
}

bool StreamsGroup::may_stand_by(const Member& member, const Task& task) const {
  const auto runner = runners_.find(task);
  const bool runs_here = runner != runners_.end() && runner->second == member.process_id;
  return !runs_here && !standbys_.contains({member.process_id, task});
}

void StreamsGroup::hold(const Member& member) {
  for (const Tasks* tasks : {&member.assigned, &member.revoking}) {
    for_each_task(tasks->active, [&](const auto&... task) {
      const bool was_free = runners_.try_emplace({task...}, member.process_id).second;
      DAYBOOK_CHECK(was_free, "an active task is held by two members");
    });
    for_each_task(tasks->standby,
                  [&](const auto&... task) { standbys_.insert({member.process_id, {task...}}); });
  }
}

void StreamsGroup::release(const Member& member) {
  for (const Tasks* tasks : {&member.assigned, &member.revoking}) {
    for_each_task(tasks->active, [&](const auto&... task) { runners_.erase({task...}); });
    for_each_task(tasks->standby,
                  [&](const auto&... task) { standbys_.erase({member.process_id, {task...}}); });
  }
}

}  // namespace daybook::broker

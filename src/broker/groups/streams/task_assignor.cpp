#include "broker/groups/streams/task_assignor.h"

#include <algorithm>
#include <set>
#include <utility>

namespace daybook::broker {
namespace {

// By partition first: what a member keeps or gets in a row is spread over the subtopologies.
using Task = std::pair<std::int32_t, std::string>;

class TaskAssigning {
 public:
  TaskAssigning(const std::vector<TaskMember>& members,
                const std::map<std::string, ConfiguredSubtopology>& subtopologies)
      : members_(members), shares_(members.size()) {
    for (const auto& [id, subtopology] : subtopologies) {
      for (std::int32_t partition = 0; partition < subtopology.tasks; ++partition) {
        tasks_.insert({partition, id});
        if (subtopology.is_stateful) stateful_.insert({partition, id});
      }
    }
    for (std::size_t member = 0; member < members.size(); ++member) {
      processes_[members[member].process_id];
      for_each_task(members[member].current.active, [&](const auto& id, std::int32_t partition) {
        active_before_.insert({{partition, id}, member});
      });
      for_each_task(members[member].current.standby, [&](const auto& id, std::int32_t partition) {
        standbys_before_[{partition, id}].push_back(member);
      });
    }
  }

  void assign_active() {
    const std::size_t least = tasks_.size() / members_.size();
    std::size_t larger_shares = tasks_.size() % members_.size();
    const auto has_room = [&](std::size_t member) {
      const std::size_t has = shares_[member].active;
      return has < least || (has == least && larger_shares > 0);
    };
    const auto give = [&](const Task& task, std::size_t member) {
      if (shares_[member].active == least) --larger_shares;
      give_active(task, member);
    };
    std::vector<Task> left;
    for (const Task& task : tasks_) {
      const auto before = active_before_.find(task);
      if (before != active_before_.end() && has_room(before->second)) {
        give(task, before->second);
      } else {
        left.push_back(task);
      }
    }
    std::set<std::pair<std::size_t, std::size_t>> by_load;  // and their numbers
    for (std::size_t member = 0; member < members_.size(); ++member) {
      by_load.insert({shares_[member].active, member});
    }
    for (const Task& task : left) {
      std::size_t member = by_load.begin()->second;
      const auto standbys = standbys_before_.find(task);
      if (standbys != standbys_before_.end()) {
        const auto ready = std::ranges::find_if(standbys->second, has_room);
        if (ready != standbys->second.end()) member = *ready;
      }
      by_load.erase({shares_[member].active, member});
      give(task, member);
      by_load.insert({shares_[member].active, member});
    }
  }

  void assign_standbys(std::int32_t replicas) {
    const std::size_t each =
        std::min(static_cast<std::size_t>(std::max(replicas, 0)),
                 processes_.size() - std::min<std::size_t>(1, processes_.size()));
    if (each == 0) return;
    const std::size_t all = tasks_.size() + stateful_.size() * each;
    const std::size_t most = (all + members_.size() - 1) / members_.size();
    std::map<Task, std::size_t> left;
    for (const Task& task : stateful_) {
      std::size_t wanted = each;
      for (const std::size_t member : those_with_state(task)) {
        if (wanted == 0) break;
        if (load(member) < most && give_standby(task, member)) --wanted;
      }
      if (wanted > 0) left[task] = wanted;
    }
    std::set<std::pair<std::size_t, std::size_t>> by_load;
    for (std::size_t member = 0; member < members_.size(); ++member) {
      by_load.insert({load(member), member});
    }
    for (const auto& [task, wanted] : left) {
      for (std::size_t given = 0; given < wanted; ++given) {
        const auto least = std::ranges::find_if(
            by_load, [&](const auto& member) { return give_standby(task, member.second); });
        if (least == by_load.end()) break;
        const std::size_t member = least->second;
        by_load.erase(least);
        by_load.insert({load(member), member});
      }
    }
  }

  std::vector<Tasks> take() && {
    std::vector<Tasks> tasks;
    for (Share& share : shares_) tasks.push_back(std::move(share.tasks));
    return tasks;
  }

 private:
  struct Share {
    Tasks tasks;
    std::size_t active = 0;
    std::size_t standby = 0;
  };

  std::size_t load(std::size_t member) const {
    return shares_[member].active + shares_[member].standby;
  }

  void give_active(const Task& task, std::size_t member) {
    shares_[member].tasks.active[task.second].insert(task.first);
    ++shares_[member].active;
    processes_[members_[member].process_id].insert(task);
  }

  // False if the task is on the member's process already.
  bool give_standby(const Task& task, std::size_t member) {
    if (!processes_[members_[member].process_id].insert(task).second) return false;
    shares_[member].tasks.standby[task.second].insert(task.first);
    ++shares_[member].standby;
    return true;
  }

  std::vector<std::size_t> those_with_state(const Task& task) const {
    std::vector<std::size_t> found;
    const auto standbys = standbys_before_.find(task);
    if (standbys != standbys_before_.end()) found = standbys->second;
    const auto active = active_before_.find(task);
    if (active != active_before_.end()) found.push_back(active->second);
    return found;
  }

  const std::vector<TaskMember>& members_;
  std::vector<Share> shares_;
  std::set<Task> tasks_;
  std::set<Task> stateful_;
  std::map<std::string, std::set<Task>> processes_;  // and what is on them
  std::map<Task, std::size_t> active_before_;
  std::map<Task, std::vector<std::size_t>> standbys_before_;
};

}  // namespace

std::vector<Tasks> assign_tasks(const std::vector<TaskMember>& members,
                                const std::map<std::string, ConfiguredSubtopology>& subtopologies,
                                std::int32_t standby_replicas) {
  if (members.empty()) return {};
  TaskAssigning assigning(members, subtopologies);
  assigning.assign_active();
  assigning.assign_standbys(standby_replicas);
  return std::move(assigning).take();
}

}  // namespace daybook::broker

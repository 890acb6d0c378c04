#include "broker/groups/streams/task_assignor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace daybook::broker {
namespace {

using Subtopologies = std::map<std::string, ConfiguredSubtopology>;

const Subtopologies kTwo{{"0", {.tasks = 5, .is_stateful = false, .topics = {}}},
                         {"1", {.tasks = 5, .is_stateful = true, .topics = {}}}};

std::vector<TaskMember> members(const std::vector<std::pair<std::string, std::string>>& ids) {
  std::vector<TaskMember> members;
  for (const auto& [id, process] : ids) members.push_back({id, process, {}});
  return members;
}

void assign(std::vector<TaskMember>& members, std::int32_t replicas = 0) {
  auto tasks = assign_tasks(members, kTwo, replicas);
  ASSERT_EQ(tasks.size(), members.size());
  std::set<std::pair<std::string, std::int32_t>> active;
  std::set<std::tuple<std::string, std::string, std::int32_t>> on_processes;
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].current = std::move(tasks[i]);
    for_each_task(members[i].current.active, [&](const std::string& id, std::int32_t partition) {
      EXPECT_TRUE(active.insert({id, partition}).second) << "two run a task";
      EXPECT_TRUE(on_processes.insert({members[i].process_id, id, partition}).second);
    });
    for_each_task(members[i].current.standby, [&](const std::string& id, std::int32_t partition) {
      EXPECT_EQ(id, "1") << "a standby without state";
      EXPECT_TRUE(on_processes.insert({members[i].process_id, id, partition}).second);
    });
  }
  EXPECT_EQ(active.size(), 10u);
}

std::size_t moved(const std::vector<TaskMember>& before, const std::vector<TaskMember>& after) {
  std::size_t moved = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const TaskSets had = i < before.size() ? before[i].current.active : TaskSets{};
    moved += count_of(without(after[i].current.active, had));
  }
  return moved;
}

TEST(TaskAssignor, MembersDifferByOneTaskAtMostInEachSubtopologyToo) {
  auto group = members({{"a", "p"}, {"b", "q"}, {"c", "r"}});
  assign(group);
  for (const TaskMember& member : group) {
    EXPECT_GE(count_of(member.current.active), 3u);
    EXPECT_LE(count_of(member.current.active), 4u);
    EXPECT_LE(member.current.active.at("1").size(), 2u);
  }
}

TEST(TaskAssignor, AsFewTasksAsPossibleMove) {
  auto group = members({{"a", "p"}, {"b", "q"}});
  assign(group);
  auto same = group;
  assign(same);
  EXPECT_EQ(moved(group, same), 0u);
  auto more = group;
  more.push_back({"c", "r", {}});
  assign(more);
  EXPECT_EQ(moved(group, more), 3u);
  auto fewer = more;
  fewer.pop_back();
  assign(fewer);
  EXPECT_EQ(moved(more, fewer), 3u);
}

TEST(TaskAssignor, StandbysAreOnOtherProcesses) {
  auto alone = members({{"a", "p"}, {"b", "p"}});
  assign(alone, 2);
  EXPECT_EQ(count_of(alone[0].current.standby) + count_of(alone[1].current.standby), 0u);
  auto group = members({{"a", "p"}, {"b", "p"}, {"c", "q"}, {"d", "q"}});
  assign(group, 2);
  std::size_t standbys = 0;
  for (const TaskMember& member : group) standbys += count_of(member.current.standby);
  EXPECT_EQ(standbys, 5u) << "there is one other process";
  auto again = group;
  assign(again, 2);
  for (std::size_t i = 0; i < group.size(); ++i) EXPECT_EQ(group[i].current, again[i].current);
}

TEST(TaskAssignor, WhoHasTheStateTakesOver) {
  const Subtopologies one{{"1", {.tasks = 3, .is_stateful = true, .topics = {}}}};
  auto group = members({{"a", "p"}, {"b", "q"}, {"c", "r"}});
  const auto assigned = assign_tasks(group, one, 1);
  for (std::size_t i = 0; i < group.size(); ++i) group[i].current = assigned[i];
  const TaskSets left = group.back().current.active;
  ASSERT_EQ(count_of(left), 1u);
  group.pop_back();
  const auto after = assign_tasks(group, one, 1);
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (contains_all(after[i].active, left)) {
      EXPECT_TRUE(contains_all(assigned[i].standby, left));
    }
  }
}

TEST(TaskAssignor, NobodyGetsNothing) {
  EXPECT_TRUE(assign_tasks({}, kTwo, 1).empty());
}

}  // namespace
}  // namespace daybook::broker

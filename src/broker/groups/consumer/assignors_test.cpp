#include "broker/groups/consumer/assignors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "broker/groups/consumer/test_consumer_group.h"

namespace daybook::broker {
namespace {

AssignmentMember member(const std::string& id, std::set<Uuid> topics, PartitionSets current = {}) {
  return {.id = id, .instance_id = {}, .topics = std::move(topics), .current = std::move(current)};
}

TEST(Assignors, UniformMovesOnlyWhatMustMove) {
  const Uuid topic = topic_id(1);
  AssignmentInput input{
      .members = {member("m1", {topic}, {{topic, {0, 1, 2, 3}}}),
                  member("m2", {topic}, {{topic, {4, 5}}}), member("m3", {topic})},
      .topics = {{topic, 6}}};
  const auto assigned = assign_uniform(input);
  EXPECT_EQ(count_of(assigned[0]), 2u);
  EXPECT_TRUE(contains_all(input.members[0].current, assigned[0]));
  EXPECT_EQ(assigned[1], input.members[1].current);
  EXPECT_EQ(count_of(assigned[2]), 2u);
}

TEST(Assignors, RangeGivesTheSamePartitionsOfTopicsReadTogether) {
  const Uuid one = topic_id(1);
  const Uuid two = topic_id(2);
  AssignmentInput input{.members = {member("b", {one, two}), member("a", {one, two})},
                        .topics = {{one, 3}, {two, 3}}};
  input.members[0].instance_id = "fixed";
  const auto assigned = assign_range(input);
  EXPECT_EQ(assigned[0], (PartitionSets{{one, {0, 1}}, {two, {0, 1}}})) << "static members first";
  EXPECT_EQ(assigned[1], (PartitionSets{{one, {2}}, {two, {2}}}));
}

TEST(Assignors, EachPartitionGoesToOneWhoReadsIt) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    AssignmentInput input;
    for (std::uint8_t t = 1; t <= 4; ++t) {
      input.topics[topic_id(t)] = static_cast<std::int32_t>(random.below(9));
    }
    const auto members = 1 + random.below(6);
    for (std::uint64_t m = 0; m < members; ++m) {
      AssignmentMember& asks = input.members.emplace_back(member("m" + std::to_string(m), {}));
      for (const auto& [topic, partitions] : input.topics) {
        if (random.below(3) > 0) asks.topics.insert(topic);
        // Stale, and in conflict with others.
        for (std::int32_t p = 0; p < 9; ++p) {
          if (random.below(4) == 0) asks.current[topic].insert(p);
        }
      }
    }
    for (const Assignor assign : {assign_uniform, assign_range}) {
      SCOPED_TRACE("round " + std::to_string(round));
      const auto assigned = assign(input);
      for (const auto& [topic, partitions] : input.topics) {
        const bool is_read = std::ranges::any_of(
            input.members, [&](const auto& m) { return m.topics.contains(topic); });
        for (std::int32_t p = 0; p < 10; ++p) {
          int owners = 0;
          for (std::size_t m = 0; m < assigned.size(); ++m) {
            if (!contains(assigned[m], topic, p)) continue;
            ++owners;
            EXPECT_TRUE(input.members[m].topics.contains(topic));
          }
          EXPECT_EQ(owners, is_read && p < partitions ? 1 : 0);
        }
      }
    }
  }
}

TEST(Assignors, UniformSharesEvenlyWhereAllReadTheSame) {
  Random random(11);
  for (int round = 0; round < 100; ++round) {
    AssignmentInput input;
    input.topics = {{topic_id(1), static_cast<std::int32_t>(random.below(50))},
                    {topic_id(2), static_cast<std::int32_t>(random.below(50))}};
    for (std::uint64_t m = 0; m < 1 + random.below(9); ++m) {
      input.members.push_back(member("m" + std::to_string(m), {topic_id(1), topic_id(2)}));
    }
    input.members[0].current = {{topic_id(1), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}};
    const auto assigned = assign_uniform(input);
    const auto [least, most] = std::ranges::minmax(assigned, {}, count_of<Uuid>);
    EXPECT_LE(count_of(most) - count_of(least), 1u);
  }
}

}  // namespace
}  // namespace daybook::broker

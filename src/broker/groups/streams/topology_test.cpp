#include "broker/groups/streams/topology.h"

#include <gmock/gmock.h>

#include "broker/groups/streams/test_streams_group.h"

namespace daybook::broker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// One subtopology that joins "a" and "b".
StreamsTopology joining() {
  StreamsTopology topology;
  topology.subtopologies.resize(1);
  auto& only = topology.subtopologies[0];
  only.subtopology_id = "0";
  only.source_topics = {"a"};
  only.repartition_source_topics.push_back({.name = "b", .topic_configs = {}});
  only.repartition_sink_topics = {"b"};
  only.copartition_groups.push_back(
      {.source_topics = {0}, .source_topic_regex = {}, .repartition_source_topics = {0}});
  return topology;
}

StreamsStatusCode problem_of(const ConfiguredTopology& configured) {
  EXPECT_TRUE(configured.problem);
  return configured.problem.value_or(StreamsStatus{}).code;
}

TEST(Topology, InternalTopicsHaveAsManyPartitionsAsTheirSources) {
  const auto made = configure(counting_topology(), *shapes_of({{"in", 5}}));
  EXPECT_EQ(problem_of(made), StreamsStatusCode::kMissingInternalTopics);
  ASSERT_THAT(made.missing, SizeIs(2));
  EXPECT_EQ(made.partitions.at("re"), 5);
  EXPECT_EQ(made.partitions.at("log"), 5);
  EXPECT_EQ(made.subtopologies.at("1").tasks, 5);
  EXPECT_TRUE(made.subtopologies.at("1").is_stateful);
  EXPECT_FALSE(made.subtopologies.at("0").is_stateful);
}

TEST(Topology, ANumberThatIsAskedForHolds) {
  StreamsTopology topology = counting_topology();
  topology.subtopologies[1].repartition_source_topics[0].partitions = 3;
  const auto made = configure(topology, *shapes_of({{"in", 5}}));
  EXPECT_EQ(made.partitions.at("re"), 3);
  EXPECT_EQ(made.partitions.at("log"), 3);
  EXPECT_EQ(made.subtopologies.at("0").tasks, 5);
}

TEST(Topology, AnInternalTopicWithAnotherNumberIsTold) {
  const auto made = configure(counting_topology(), *shapes_of({{"in", 5}, {"re", 4}}));
  EXPECT_EQ(problem_of(made), StreamsStatusCode::kIncorrectlyPartitionedTopics);
  EXPECT_THAT(made.problem->detail, HasSubstr("re"));
  EXPECT_THAT(made.missing, IsEmpty());
  EXPECT_THAT(made.subtopologies, IsEmpty());
}

TEST(Topology, CopartitionedTopicsHaveOneNumber) {
  EXPECT_EQ(configure(joining(), *shapes_of({{"a", 4}})).partitions.at("b"), 4);
  StreamsTopology asks = joining();
  asks.subtopologies[0].repartition_source_topics[0].partitions = 3;
  EXPECT_EQ(problem_of(configure(asks, *shapes_of({{"a", 4}}))),
            StreamsStatusCode::kIncorrectlyPartitionedTopics);
}

TEST(Topology, AChainOfRepartitionTopicsIsSizedWhateverItsOrder) {
  StreamsTopology topology;
  topology.subtopologies.resize(3);
  for (std::size_t i = 0; i < 3; ++i) {
    auto& each = topology.subtopologies[i];
    each.subtopology_id = std::to_string(i);
    each.repartition_sink_topics = {"r" + std::to_string(i)};
    if (i == 2) {
      each.source_topics = {"in"};
    } else {
      each.repartition_source_topics.push_back(
          {.name = "r" + std::to_string(i + 1), .topic_configs = {}});
    }
  }
  const auto made = configure(topology, *shapes_of({{"in", 5}}));
  EXPECT_EQ(made.partitions.at("r2"), 5);
  EXPECT_EQ(made.partitions.at("r1"), 5);
  EXPECT_EQ(made.subtopologies.at("0").tasks, 5);
}

TEST(Topology, ARepartitionTopicThatNobodyWritesCannotBeSized) {
  StreamsTopology topology = counting_topology();
  topology.subtopologies[0].repartition_sink_topics.clear();
  EXPECT_EQ(problem_of(configure(topology, *shapes_of({{"in", 5}}))),
            StreamsStatusCode::kIncorrectlyPartitionedTopics);
}

TEST(Topology, WhatMakesNoSenseIsRefused) {
  EXPECT_THAT(fault_of(counting_topology()), IsEmpty());
  StreamsTopology sized = counting_topology();
  sized.subtopologies[1].state_changelog_topics[0].partitions = 1;
  EXPECT_THAT(fault_of(sized), HasSubstr("undefined partition count"));
  StreamsTopology twice = counting_topology();
  twice.subtopologies[1].subtopology_id = "0";
  EXPECT_THAT(fault_of(twice), HasSubstr("twice"));
  StreamsTopology place = joining();
  place.subtopologies[0].copartition_groups[0].source_topics = {1};
  EXPECT_THAT(fault_of(place), HasSubstr("does not read"));
  StreamsTopology deaf = counting_topology();
  deaf.subtopologies[0].source_topics.clear();
  EXPECT_THAT(fault_of(deaf), HasSubstr("reads no topic"));
}

TEST(Topology, IsKeptAsBytesAndComparedWithoutOrder) {
  StreamsTopology topology = counting_topology(7);
  EXPECT_EQ(read_topology(write_topology(topology)), topology);
  EXPECT_FALSE(read_topology({}));
  StreamsTopology turned = topology;
  std::swap(turned.subtopologies[0], turned.subtopologies[1]);
  EXPECT_TRUE(same_topology(topology, turned));
  turned.subtopologies[0].state_changelog_topics[0].topic_configs.clear();
  EXPECT_FALSE(same_topology(topology, turned));
}

}  // namespace
}  // namespace daybook::broker

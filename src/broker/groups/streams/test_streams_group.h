// For tests: a group of the streams protocol, an application with a repartition topic and a store,
// topics that come and go, and time turned by hand.

#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "broker/groups/streams/streams_group.h"

namespace daybook::broker {

using namespace std::chrono_literals;

// "0" reads "in" and writes "re"; "1" reads "re" and has a store whose changelog is "log".
inline StreamsTopology counting_topology(std::int32_t epoch = 0) {
  StreamsTopology topology;
  topology.epoch = epoch;
  topology.subtopologies.resize(2);
  auto& first = topology.subtopologies[0];
  first.subtopology_id = "0";
  first.source_topics = {"in"};
  first.repartition_sink_topics = {"re"};
  auto& second = topology.subtopologies[1];
  second.subtopology_id = "1";
  second.repartition_source_topics.push_back({.name = "re", .topic_configs = {}});
  second.state_changelog_topics.push_back(
      {.name = "log", .topic_configs = {{"cleanup.policy", "compact"}}});
  return topology;
}

inline TopicShapesPtr shapes_of(const std::map<std::string, std::int32_t>& partitions) {
  auto shapes = std::make_shared<TopicShapes>();
  for (const auto& [name, count] : partitions) (*shapes)[name] = {random_uuid(), count};
  return shapes;
}

class StreamsGroupTest : public testing::Test {
 protected:
  static StreamsBeat join(const std::string& id, const std::string& process = "p") {
    StreamsBeat beat;
    beat.member_id = id;
    beat.client_id = "client";
    beat.client_host = "/host";
    beat.rebalance_timeout = 60s;
    beat.topology = counting_topology();
    beat.owned.emplace();
    beat.process_id = process;
    return beat;
  }
  StreamsBeatResult send(StreamsBeat beat) {
    return group_.heartbeat(std::move(beat), topics_, now_);
  }
  // Nothing new, at the epoch of the answer before.
  StreamsBeatResult beat(const StreamsBeatResult& before,
                         std::optional<Tasks> owned = std::nullopt) {
    StreamsBeat beat;
    beat.member_id = before.member_id;
    beat.member_epoch = before.member_epoch;
    beat.client_id = "client";
    beat.client_host = "/host";
    beat.owned = std::move(owned);
    return send(std::move(beat));
  }
  StreamsBeatResult leave(const StreamsBeatResult& before) {
    StreamsBeat beat;
    beat.member_id = before.member_id;
    beat.member_epoch = kLeaveEpoch;
    return send(std::move(beat));
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    group_.expire(now_);
  }
  KafkaError commit(const std::string& member, std::int32_t epoch) const {
    return group_.check_commit({member, std::nullopt, epoch});
  }
  // As the catalog has it after a restart.
  void restart() {
    catalog::Group row;
    group_.store(row);
    group_.lose_changes();
    row.streams = group_.take_changes().changed_streams;
    group_ = StreamsGroup::restored(settings_, std::move(row), now_);
  }

  StreamsGroupSettings settings_;
  StreamsGroup group_{settings_};
  TopicShapesPtr topics_ = shapes_of({{"in", 2}, {"re", 2}, {"log", 2}});
  TimePoint now_{1h};
};

}  // namespace daybook::broker

// For tests: a group of the consumer protocol, topics that come and go, and time turned by hand.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/groups/consumer/consumer_group.h"
#include "broker/groups/test_subscription.h"

namespace daybook::broker {

using namespace std::chrono_literals;

inline Uuid topic_id(std::uint8_t number) {
  Uuid id;
  id.bytes.back() = std::byte{number};
  return id;
}

class ConsumerGroupTest : public testing::Test {
 protected:
  // Topics "a", "b", ... with ids 1, 2, ...
  void topics(const std::map<std::string, std::int32_t>& partitions) {
    auto shapes = std::make_shared<TopicShapes>();
    for (const auto& [name, count] : partitions) {
      (*shapes)[name] = {topic_id(static_cast<std::uint8_t>(name.front() - 'a' + 1)), count};
    }
    topics_ = std::move(shapes);
  }

  static ConsumerBeat join(const std::string& id, std::vector<std::string> topics = {"a"}) {
    ConsumerBeat beat;
    beat.member_id = id;
    beat.client_id = "client";
    beat.client_host = "/host";
    beat.rebalance_timeout = 60s;
    beat.topic_names = std::move(topics);
    beat.owned.emplace();
    return beat;
  }
  ConsumerBeatResult send(ConsumerBeat beat) {
    return group_.heartbeat(std::move(beat), topics_, now_);
  }
  // Nothing new, at the epoch of the answer before.
  ConsumerBeatResult beat(const ConsumerBeatResult& before,
                          std::optional<PartitionSets> owned = std::nullopt) {
    ConsumerBeat beat;
    beat.member_id = before.member_id;
    beat.member_epoch = before.member_epoch;
    beat.client_id = "client";
    beat.client_host = "/host";
    beat.owned = std::move(owned);
    return send(std::move(beat));
  }
  // The same of members that speak the classic protocol.
  static JoinRequest classic_join(const std::string& id, const NamedPartitions& owned = {},
                                  const std::vector<std::string>& reads = {"a"}) {
    JoinRequest join;
    join.member_id = id;
    join.client_id = "client";
    join.client_host = "/host";
    join.protocol_type = "consumer";
    join.protocols = {{"range", subscription_bytes(reads, owned)}};
    join.session_timeout = 10s;
    join.rebalance_timeout = 60s;
    return join;
  }
  JoinResult send(JoinRequest request) { return group_.join(std::move(request), topics_, now_); }
  SyncResult sync(const JoinResult& as) {
    SyncRequest request;
    request.member = {as.member_id, {}, as.generation};
    return group_.sync(request, topics_, now_);
  }
  KafkaError heartbeat(const JoinResult& as) {
    return group_.heartbeat({as.member_id, {}, as.generation}, topics_, now_);
  }
  static PartitionSets assigned(const SyncResult& told) {
    PartitionSets sets;
    const NamedPartitions named = read_assignment(told.assignment).value_or(NamedPartitions{});
    for (const auto& [name, partitions] : named) {
      sets[topic_id(static_cast<std::uint8_t>(name.front() - 'a' + 1))] = partitions;
    }
    return sets;
  }
  static NamedPartitions named(const PartitionSets& sets) {
    NamedPartitions partitions;
    for (const auto& [id, indexes] : sets) {
      const auto number = static_cast<char>(id.bytes.back());
      partitions[std::string(1, static_cast<char>('a' + number - 1))] = indexes;
    }
    return partitions;
  }

  void pass(std::chrono::milliseconds time) {
    now_ += time;
    group_.expire(now_);
  }
  // What the catalog then has.
  void save() {
    catalog::Group row;
    group_.store(row);
    catalog::ConsumerChanges changes = group_.take_changes();
    if (changes.all) members_.clear();
    for (const std::string& id : changes.gone) members_.erase(id);
    for (auto& member : changes.changed) members_.insert_or_assign(member.id, std::move(member));
    for (const auto& [id, member] : members_) row.consumers.push_back(member);
    saved_ = std::move(row);
  }
  void restart() { group_ = ConsumerGroup::restored(settings_, saved_, now_); }

  static PartitionSets of_a(std::set<std::int32_t> partitions) {
    if (partitions.empty()) return {};
    return {{topic_id(1), std::move(partitions)}};
  }

  ConsumerGroupSettings settings_;
  ConsumerGroup group_{settings_};
  TopicShapesPtr topics_ = std::make_shared<TopicShapes>();
  TimePoint now_{1h};
  catalog::Group saved_;
  std::map<std::string, catalog::ConsumerMember> members_;  // that are saved
};

}  // namespace daybook::broker

// Many consumers that join, leave, fall silent, change their minds and are slow to let go, while
// topics come, go and grow, and the server is restarted. However it goes: what consumers have never
// overlaps, and when it is quiet everything that somebody reads is read.

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "broker/groups/consumer/test_consumer_group.h"

namespace daybook::broker {
namespace {

// A client as KIP-848 describes it: what it has changes a while after it was told to.
struct Client {
  std::string id;
  std::vector<std::string> topics;
  std::int32_t epoch = kJoinEpoch;
  PartitionSets owned;
  PartitionSets wanted;
  PartitionSets said;    // in the last heartbeat that was answered
  bool unheard = false;  // the last answer was lost
};

class Model : public ConsumerGroupTest {
 protected:
  void run(std::uint64_t seed) {
    random_.emplace(seed);
    grow();
    for (int step = 0; step < 400; ++step) {
      one_step();
      save();
      check_exclusive();
      if (HasFatalFailure()) return;
    }
    become_quiet();
    check_complete();
  }

  std::uint64_t below(std::uint64_t bound) { return random_->below(bound); }

  std::vector<std::string> some_topics() {
    std::vector<std::string> names;
    for (const char* name : {"a", "b", "c", "d"}) {
      if (below(2) == 0) names.emplace_back(name);
    }
    return names;
  }

  void one_step() {
    switch (below(13)) {
      case 0:
        if (clients_.size() < 8) {
          Client client;
          client.id = "m" + std::to_string(++last_id_);
          client.topics = some_topics();
          clients_.push_back(std::move(client));
        }
        break;
      case 1:
        if (!clients_.empty() && below(3) == 0) leave(below(clients_.size()));
        break;
      case 2:
        if (!clients_.empty() && below(4) == 0) vanish(below(clients_.size()));
        break;
      case 3:
        if (below(4) == 0) grow();
        break;
      case 4:
        if (!clients_.empty()) clients_[below(clients_.size())].topics = some_topics();
        break;
      case 12:
        if (below(2) == 0) restart();
        break;
      case 5:
      case 6:
      case 7:
        if (!clients_.empty()) let_go_and_take(clients_[below(clients_.size())]);
        break;
      default:
        if (!clients_.empty()) speak(clients_[below(clients_.size())]);
    }
    now_ += 10ms;
    group_.expire(now_);
  }

  void grow() {
    std::map<std::string, std::int32_t> shapes;
    for (const char* name : {"a", "b", "c", "d"}) {
      if (below(4) > 0) shapes[name] = static_cast<std::int32_t>(1 + below(6));
    }
    topics(shapes);
  }

  void speak(Client& client) {
    ConsumerBeat beat = join(client.id, client.topics);
    beat.member_epoch = client.epoch;
    beat.owned = client.owned;
    // Some say only what has changed.
    if (client.epoch != kJoinEpoch && client.owned == client.said && below(2) == 0) {
      beat.owned.reset();
    }
    const PartitionSets said = client.owned;
    const ConsumerBeatResult told = send(std::move(beat));
    if (loses_answers_ && below(30) == 0) {
      restart();  // before this was saved
      client.unheard = true;
      return;
    }
    client.unheard = false;
    if (told.error != KafkaError::kNone) {
      // It drops everything and joins again.
      client.epoch = kJoinEpoch;
      client.owned.clear();
      client.wanted.clear();
      client.said.clear();
      return;
    }
    client.unheard = loses_answers_ && below(8) == 0;
    if (client.unheard) return;
    client.said = said;
    client.epoch = told.member_epoch;
    if (told.assignment) client.wanted = *told.assignment;
  }

  // While an answer is outstanding it takes nothing: the protocol cannot tell a partition that was
  // given back from one that was not taken yet.
  static void let_go_and_take(Client& client) {
    client.owned = client.unheard ? filtered(client.owned,
                                             [&](const Uuid& topic, std::int32_t partition) {
                                               return contains(client.wanted, topic, partition);
                                             })
                                  : client.wanted;
  }

  void leave(std::size_t index) {
    ConsumerBeat beat;
    beat.member_id = clients_[index].id;
    beat.member_epoch = kLeaveEpoch;
    send(std::move(beat));
    clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  // The process dies: it reads nothing any more, and the group learns of it later.
  void vanish(std::size_t index) {
    clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void check_exclusive() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      for (std::size_t j = i + 1; j < clients_.size(); ++j) {
        ASSERT_FALSE(share_any(clients_[i].owned, clients_[j].owned))
            << clients_[i].id << " and " << clients_[j].id << " have the same partition";
      }
    }
  }

  // Nothing changes any more, and nothing is lost; who has vanished is noticed.
  void become_quiet() {
    loses_answers_ = false;
    for (int round = 0; round < 60; ++round) {
      for (Client& client : clients_) {
        speak(client);
        let_go_and_take(client);
        check_exclusive();
      }
      now_ += 5s;
      group_.expire(now_);
    }
  }

  void check_complete() {
    EXPECT_EQ(group_.member_count(), clients_.size());
    EXPECT_TRUE(group_.state_name() == "Stable" || clients_.empty()) << group_.state_name();
    for (const auto& [name, shape] : *topics_) {
      std::size_t readers = 0;
      std::size_t read = 0;
      for (const Client& client : clients_) {
        const bool reads = std::ranges::find(client.topics, name) != client.topics.end();
        const auto owned = client.owned.find(shape.id);
        readers += reads ? 1 : 0;
        if (owned == client.owned.end()) continue;
        EXPECT_TRUE(reads) << client.id << " has " << name << " without asking for it";
        read += owned->second.size();
      }
      EXPECT_EQ(read, readers == 0 ? 0u : static_cast<std::size_t>(shape.partitions)) << name;
    }
  }

  std::optional<Random> random_;
  std::vector<Client> clients_;
  bool loses_answers_ = true;
  int last_id_ = 0;
};

class ConsumerGroupModel : public Model, public testing::WithParamInterface<int> {};

TEST_P(ConsumerGroupModel, WhatConsumersHaveNeverOverlapsAndIsAllInTheEnd) {
  for (int i = 0; i < 25; ++i) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * 1'000 + i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    group_ = ConsumerGroup(settings_);
    save();
    clients_.clear();
    loses_answers_ = true;
    run(seed);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConsumerGroupModel, testing::Range(0, 4));

}  // namespace
}  // namespace daybook::broker

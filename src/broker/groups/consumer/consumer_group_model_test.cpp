// Many consumers that join, leave, fall silent, change their minds and are slow to let go, while
// topics come, go and grow, and the server is restarted. However it goes: what consumers have never
// overlaps, and when it is quiet everything that somebody reads is read.

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "broker/groups/consumer/test_consumer_group.h"

namespace daybook::broker {
namespace {

enum class Speaks : std::uint8_t { kConsumer, kEager, kCooperative };
enum class Next : std::uint8_t { kJoin, kSync, kHeartbeat };

// A client as KIP-848 describes it: what it has changes a while after it was told to. Or one of the
// classic protocol, which gives back everything before it joins, or what it is not assigned any
// more before it joins again.
struct Client {
  std::string id;
  std::vector<std::string> topics;
  std::int32_t epoch = kJoinEpoch;
  PartitionSets owned;
  PartitionSets wanted;
  PartitionSets said;    // in the last heartbeat that was answered
  bool unheard = false;  // the last answer was lost
  Speaks speaks = Speaks::kConsumer;
  Next next = Next::kJoin;  // in the classic protocol
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
          if (mixed_) client.speaks = static_cast<Speaks>(below(3));
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
        if (!clients_.empty()) subscribe(clients_[below(clients_.size())]);
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

  // Topics that are named cannot be told from topics of that name that were there before: where
  // they are, they only grow.
  void grow() {
    std::map<std::string, std::int32_t> shapes;
    for (const char* name : {"a", "b", "c", "d"}) {
      if (below(4) > 0) shapes[name] = static_cast<std::int32_t>(1 + below(6));
    }
    for (const auto& [name, shape] : *topics_) {
      if (mixed_) shapes[name] = std::max(shapes[name], shape.partitions);
    }
    topics(shapes);
  }

  void subscribe(Client& client) {
    client.topics = some_topics();
    if (client.next == Next::kHeartbeat) client.next = Next::kJoin;
  }

  void speak(Client& client) {
    if (client.speaks == Speaks::kConsumer) {
      speak_of_consumer(client);
    } else {
      speak_of_classic(client);
    }
  }

  void speak_of_classic(Client& client) {
    JoinResult as;
    as.member_id = client.id;
    as.generation = client.epoch;
    KafkaError error = KafkaError::kNone;
    if (client.next == Next::kJoin) {
      if (client.speaks == Speaks::kEager) client.owned.clear();
      const JoinResult told = send(classic_join(client.id, named(client.owned), client.topics));
      error = told.error;
      if (is_lost()) return;
      client.epoch = told.generation;
      client.next = Next::kSync;
    } else if (client.next == Next::kSync) {
      const SyncResult told = sync(as);
      error = told.error;
      if (is_lost()) return;
      if (error == KafkaError::kNone) client.wanted = assigned(told);
      client.next = Next::kHeartbeat;
    } else {
      error = heartbeat(as);
      if (is_lost()) return;
    }
    if (error != KafkaError::kNone) client.next = Next::kJoin;
    if (error == KafkaError::kNone || error == KafkaError::kRebalanceInProgress) return;
    client.owned.clear();
    client.wanted.clear();
  }

  bool is_lost() {
    if (loses_answers_ && below(30) == 0) {
      restart();  // before this was saved
      return true;
    }
    return loses_answers_ && below(8) == 0;
  }

  void speak_of_consumer(Client& client) {
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
    if (client.speaks != Speaks::kConsumer) {
      if (client.next != Next::kHeartbeat) return;
      if (!contains_all(client.wanted, client.owned)) client.next = Next::kJoin;
      client.owned = client.wanted;
      return;
    }
    client.owned = client.unheard ? filtered(client.owned,
                                             [&](const Uuid& topic, std::int32_t partition) {
                                               return contains(client.wanted, topic, partition);
                                             })
                                  : client.wanted;
  }

  void leave(std::size_t index) {
    group_.leave(LeavingMember{clients_[index].id, std::nullopt});
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
        for (int times = client.speaks == Speaks::kConsumer ? 1 : 3; times > 0; --times) {
          speak(client);
          let_go_and_take(client);
          check_exclusive();
        }
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
  bool mixed_ = false;  // with clients of the classic protocol
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
    mixed_ = i % 2 == 1;
    topics_ = std::make_shared<TopicShapes>();
    run(seed);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConsumerGroupModel, testing::Range(0, 4));

}  // namespace
}  // namespace daybook::broker

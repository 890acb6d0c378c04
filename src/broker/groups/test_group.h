// For tests: a group whose time is turned by hand, and members that speak to it.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/groups/group.h"

namespace daybook::broker {

using namespace std::chrono_literals;

inline Bytes bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}

// An answer that may not have come yet.
template <class T>
struct Pending {
  std::shared_ptr<std::optional<T>> answer = std::make_shared<std::optional<T>>();
  bool answered() const { return answer->has_value(); }
  const T& get() const {
    EXPECT_TRUE(answered()) << "not answered";
    static const T kNone{};
    return answered() ? **answer : kNone;
  }
  auto reply() const {
    return [answer = answer](T result) {
      EXPECT_FALSE(answer->has_value()) << "answered twice";
      *answer = std::move(result);
    };
  }
};

class GroupTest : public testing::Test {
 protected:
  GroupTest() { settings_.initial_delay = 0ms; }

  JoinRequest request(const std::string& name) {
    JoinRequest join;
    join.new_member_id = name + "-" + std::to_string(++ids_);
    join.protocol_type = "consumer";
    join.protocols = {{"range", bytes("meta of " + name)}};
    join.session_timeout = 10s;
    join.rebalance_timeout = 60s;
    return join;
  }

  Pending<JoinResult> join(JoinRequest request) {
    Pending<JoinResult> pending;
    Outbox out;
    group().join(std::move(request), pending.reply(), now_, out);
    out.deliver();
    return pending;
  }
  Pending<JoinResult> join(const std::string& name) { return join(request(name)); }
  Pending<JoinResult> rejoin(const JoinResult& before, const std::string& name) {
    JoinRequest again = request(name);
    again.member_id = before.member_id;
    return join(std::move(again));
  }
  JoinRequest fixed(const std::string& instance) {
    JoinRequest join = request(instance);
    join.instance_id = instance;
    return join;
  }

  Pending<SyncResult> sync(const JoinResult& as, std::vector<Assignment> assignments = {}) {
    Pending<SyncResult> pending;
    Outbox out;
    SyncRequest request{.member = {as.member_id, {}, as.generation},
                        .protocol_type = {},
                        .protocol_name = {},
                        .assignments = std::move(assignments)};
    group().sync(std::move(request), pending.reply(), now_, out);
    out.deliver();
    return pending;
  }
  KafkaError heartbeat(const JoinResult& as) {
    return group().heartbeat({as.member_id, {}, as.generation}, now_);
  }
  KafkaError leave(const std::string& id, std::optional<std::string> instance = {}) {
    Outbox out;
    const KafkaError error = group().leave({id, std::move(instance)}, now_, out);
    out.deliver();
    return error;
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    Outbox out;
    group().expire(now_, out);
    out.deliver();
  }

  // A stable group of two; the first leads.
  std::pair<JoinResult, JoinResult> stable_pair() {
    const auto a = join("a");
    sync(a.get(), {{a.get().member_id, bytes("all")}});
    const auto b = join("b");
    const auto a2 = rejoin(a.get(), "a");
    sync(b.get());
    sync(a2.get(), {{a2.get().member_id, bytes("p0")}, {b.get().member_id, bytes("p1")}});
    EXPECT_EQ(group().state(), GroupState::kStable);
    return {a2.get(), b.get()};
  }

  Group& group() {
    if (!group_) group_.emplace(settings_);
    return *group_;
  }

  GroupSettings settings_;
  TimePoint now_{1h};
  int ids_ = 0;
  std::optional<Group> group_;
};

}  // namespace daybook::broker

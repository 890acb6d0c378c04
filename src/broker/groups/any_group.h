// A group of either protocol. Which one it is follows its members: an empty group becomes what the
// next member speaks, and its epochs go on. With members it changes as the coordinator says.
//
// Threads: one at a time.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "broker/groups/consumer/consumer_group.h"
#include "broker/groups/group.h"

namespace daybook::broker {

inline constexpr std::string_view kClassicType = "classic";
inline constexpr std::string_view kConsumerType = "consumer";  // of groups, and of members

class AnyGroup {
 public:
  explicit AnyGroup(Group group) : group_(std::move(group)) {}
  explicit AnyGroup(ConsumerGroup group) : group_(std::move(group)) {}

  template <class OfOneProtocol>
  void become(OfOneProtocol group) {
    revisions_before_ = revision();
    group_.emplace<OfOneProtocol>(std::move(group));
  }

  // Null if it is of the other protocol.
  Group* classic() { return std::get_if<Group>(&group_); }
  const Group* classic() const { return std::get_if<Group>(&group_); }
  ConsumerGroup* consumers() { return std::get_if<ConsumerGroup>(&group_); }
  const ConsumerGroup* consumers() const { return std::get_if<ConsumerGroup>(&group_); }

  // The generation, or the group's epoch.
  std::int32_t epoch() const {
    return classic() != nullptr ? classic()->generation() : consumers()->epoch();
  }
  // Changes with what store() writes.
  std::uint64_t revision() const {
    return revisions_before_ +
           std::visit([](const auto& group) { return group.revision(); }, group_);
  }
  // Writes down what outlasts a restart, but for take_changes().
  void store(catalog::Group& into) const {
    into.of_consumer_protocol = consumers() != nullptr;
    std::visit([&](const auto& group) { group.store(into); }, group_);
  }
  // In the consumer protocol; the members of a group of the classic one are all in store().
  catalog::ConsumerChanges take_changes() {
    return consumers() != nullptr ? consumers()->take_changes()
                                  : catalog::ConsumerChanges{.all = true};
  }
  void lose_changes() {
    if (consumers() != nullptr) consumers()->lose_changes();
  }
  std::size_t member_count() const {
    return std::visit([](const auto& group) { return group.member_count(); }, group_);
  }
  std::int64_t rebalances() const {
    return std::visit([](const auto& group) { return group.rebalances(); }, group_);
  }
  // Nobody is in it or about to be.
  bool deserted() const {
    return classic() != nullptr ? classic()->deserted() : member_count() == 0;
  }
  TimePoint next_deadline() const {
    return std::visit([](const auto& group) { return group.next_deadline(); }, group_);
  }
  void expire(TimePoint now, Outbox& out) {
    if (classic() != nullptr) {
      classic()->expire(now, out);
    } else {
      consumers()->expire(now);
    }
  }

  std::string_view type() const { return classic() != nullptr ? kClassicType : kConsumerType; }
  std::string_view state_name() const {
    return std::visit([](const auto& group) { return group.state_name(); }, group_);
  }
  std::string protocol_type() const {
    return classic() != nullptr ? classic()->protocol_type() : std::string(kConsumerType);
  }
  // Does a member read this topic? Also true if that cannot be known. For groups of consumers.
  bool reads(std::string_view topic) const {
    return std::visit([&](const auto& group) { return group.reads(topic); }, group_);
  }

 private:
  std::variant<Group, ConsumerGroup> group_;
  std::uint64_t revisions_before_ = 0;  // of what it was before
};

}  // namespace daybook::broker

// A group of any protocol. Which one it is follows its members: an empty group becomes what the
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
#include "broker/groups/streams/streams_group.h"

namespace daybook::broker {

inline constexpr std::string_view kClassicType = "classic";
inline constexpr std::string_view kConsumerType = "consumer";  // of groups, and of members
inline constexpr std::string_view kStreamsType = "streams";

class AnyGroup {
 public:
  explicit AnyGroup(Group group) : group_(std::move(group)) {}
  explicit AnyGroup(ConsumerGroup group) : group_(std::move(group)) {}
  explicit AnyGroup(StreamsGroup group) : group_(std::move(group)) {}

  template <class OfOneProtocol>
  void become(OfOneProtocol group) {
    revisions_before_ = revision();
    group_.emplace<OfOneProtocol>(std::move(group));
  }

  // Null if it is of another protocol.
  Group* classic() { return std::get_if<Group>(&group_); }
  const Group* classic() const { return std::get_if<Group>(&group_); }
  ConsumerGroup* consumers() { return std::get_if<ConsumerGroup>(&group_); }
  const ConsumerGroup* consumers() const { return std::get_if<ConsumerGroup>(&group_); }
  StreamsGroup* streams() { return std::get_if<StreamsGroup>(&group_); }
  const StreamsGroup* streams() const { return std::get_if<StreamsGroup>(&group_); }

  // The generation, or the group's epoch.
  std::int32_t epoch() const {
    if (classic() != nullptr) return classic()->generation();
    return consumers() != nullptr ? consumers()->epoch() : streams()->epoch();
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
  // The members of a group of the classic protocol are all in store().
  catalog::ConsumerChanges take_changes() {
    if (consumers() != nullptr) return consumers()->take_changes();
    return streams() != nullptr ? streams()->take_changes() : catalog::ConsumerChanges{.all = true};
  }
  void lose_changes() {
    if (consumers() != nullptr) consumers()->lose_changes();
    if (streams() != nullptr) streams()->lose_changes();
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
    } else if (consumers() != nullptr) {
      consumers()->expire(now);
    } else {
      streams()->expire(now);
    }
  }

  std::string_view type() const {
    if (classic() != nullptr) return kClassicType;
    return consumers() != nullptr ? kConsumerType : kStreamsType;
  }
  std::string_view state_name() const {
    return std::visit([](const auto& group) { return group.state_name(); }, group_);
  }
  std::string protocol_type() const {
    return classic() != nullptr ? classic()->protocol_type() : std::string(type());
  }
  // It is known which topics its members read.
  bool knows_topics() const { return streams() != nullptr || protocol_type() == kConsumerType; }
  // Does a member read this topic? Also true if that cannot be known. For groups of consumers.
  bool reads(std::string_view topic) const {
    return std::visit([&](const auto& group) { return group.reads(topic); }, group_);
  }

 private:
  std::variant<Group, ConsumerGroup, StreamsGroup> group_;
  std::uint64_t revisions_before_ = 0;  // of what it was before
};

}  // namespace daybook::broker

// What of a group outlasts a restart of the server, as in Apache Kafka: the last generation that
// was complete, with its members.

#include <algorithm>
#include <set>
#include <utility>

#include "broker/groups/group.h"

namespace daybook::broker {
namespace {

// A generation has a protocol that all its members support, and they differ in their ids. In a
// damaged catalog it may be otherwise: then nothing is known of them, and they join again.
bool can_have_been(const catalog::Group& stored) {
  std::set<std::string_view> ids;
  std::set<std::string_view> static_ids;
  return std::ranges::all_of(stored.members, [&](const catalog::GroupMember& member) {
    return ids.insert(member.id).second &&
           (!member.instance_id || static_ids.insert(*member.instance_id).second) &&
           std::ranges::any_of(member.protocols, [&](const GroupProtocol& protocol) {
             return protocol.name == stored.protocol_name;
           });
  });
}

}  // namespace

Group Group::restored(const GroupSettings& settings, catalog::Group stored, TimePoint now) {
  Group group(settings, stored.epoch, std::move(stored.protocol_type));
  if (stored.members.empty() || !can_have_been(stored)) return group;
  group.state_ = stored.assigned ? GroupState::kStable : GroupState::kCompleting;
  group.protocol_name_ = std::move(stored.protocol_name);
  group.leader_id_ = std::move(stored.leader);
  for (catalog::GroupMember& from : stored.members) {
    if (from.instance_id) group.static_ids_[*from.instance_id] = from.id;
    Member member{.instance_id = std::move(from.instance_id),
                  .client_id = std::move(from.client_id),
                  .client_host = std::move(from.client_host),
                  .protocols = std::move(from.protocols),
                  .session_timeout = from.session_timeout,
                  .rebalance_timeout = from.rebalance_timeout,
                  .synced = stored.assigned,
                  .assignment = std::move(from.assignment)};
    heard_from(member, now);
    group.members_.emplace(std::move(from.id), std::move(member));
  }
  group.has_changed_protocol_ = group.leader_id_.empty();
  if (group.has_changed_protocol_) group.state_ = GroupState::kPreparing;
  if (group.state_ != GroupState::kStable) {
    group.phase_deadline_ = now + group.longest_rebalance_timeout();
  }
  return group;
}

void Group::store(catalog::Group& into) const {
  if (state_ == GroupState::kPreparing && !has_changed_protocol_) {
    into.protocol_type = protocol_type_;
    into.epoch = generation_;
  } else {
    store_as_it_is(into);
  }
}

void Group::store_as_it_is(catalog::Group& into) const {
  into.protocol_type = protocol_type_;
  into.epoch = generation_;
  if (members_.empty()) return;
  into.protocol_name = has_changed_protocol_ ? select_protocol() : protocol_name_;
  if (!has_changed_protocol_) into.leader = leader_id_;
  into.assigned = state_ == GroupState::kStable || has_changed_protocol_;
  for (const auto& [id, member] : members_) {
    into.members.push_back({.id = id,
                            .instance_id = member.instance_id,
                            .client_id = member.client_id,
                            .client_host = member.client_host,
                            .session_timeout = member.session_timeout,
                            .rebalance_timeout = member.rebalance_timeout,
                            .protocols = member.protocols,
                            .assignment = member.assignment});
  }
}

}  // namespace daybook::broker

// What a group tells of itself.

#include <algorithm>

#include "broker/groups/group.h"
#include "broker/groups/subscription.h"

namespace daybook::broker {

std::string_view Group::state_name() const {
  switch (state_) {
    case GroupState::kEmpty:
      return "Empty";
    case GroupState::kPreparing:
      return "PreparingRebalance";
    case GroupState::kCompleting:
      return "CompletingRebalance";
    case GroupState::kStable:
      break;
  }
  return "Stable";
}

GroupDescription Group::describe() const {
  GroupDescription description;
  description.state = state_name();
  description.protocol_type = protocol_type_;
  const bool stable = state_ == GroupState::kStable;
  if (stable) description.protocol_name = protocol_name_;
  for (const auto& [id, member] : members_) {
    DescribedMember& described = description.members.emplace_back();
    described.member_id = id;
    described.instance_id = member.instance_id;
    described.client_id = member.client_id;
    described.client_host = member.client_host;
    if (!stable) continue;
    described.metadata = member.metadata(protocol_name_);
    described.assignment = member.assignment;
  }
  return description;
}

bool Group::reads(std::string_view topic) const {
  return std::ranges::any_of(members_, [&](const auto& entry) {
    const Member& member = entry.second;
    const auto topics = subscribed_topics(member.protocols.front().metadata);
    return !topics || std::ranges::find(*topics, topic) != topics->end();
  });
}

}  // namespace daybook::broker

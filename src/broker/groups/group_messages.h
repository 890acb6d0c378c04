// What clients ask of a consumer group and what they are told, independent of the protocol's
// versions: the handlers translate.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "catalog/records.h"
#include "wire/error_code.h"

namespace daybook::broker {

using wire::KafkaError;
using TimePoint = std::chrono::steady_clock::time_point;

// What consumers call their embedded protocol, in groups of either kind.
inline constexpr const char* kConsumerProtocolType = "consumer";

// One way of sharing out partitions that a member can take part in, most preferred first.
using GroupProtocol = catalog::GroupMember::Protocol;

struct JoinRequest {
  std::string member_id;      // empty: a new member
  std::string new_member_id;  // the one it gets if it is new; never used before
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::string protocol_type;
  std::vector<GroupProtocol> protocols;
  std::chrono::milliseconds session_timeout{};
  std::chrono::milliseconds rebalance_timeout{};
  // A new member without instance id must come back with the id that it is told (version 4 on).
  bool must_know_its_id = false;
  // It understands that it leads a generation whose assignment stands (version 9 on).
  bool may_skip_assignment = false;
};

struct JoinedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  Bytes metadata;
};

struct JoinResult {
  KafkaError error = KafkaError::kNone;
  std::string member_id;
  std::int32_t generation = -1;
  std::string protocol_type;
  std::string protocol_name;
  std::string leader_id;
  bool skip_assignment = false;
  std::vector<JoinedMember> members;  // for the leader only
};
using JoinReply = std::move_only_function<void(JoinResult)>;

inline JoinResult join_refused(KafkaError error, std::string member_id) {
  JoinResult result;
  result.error = error;
  result.member_id = std::move(member_id);
  return result;
}

// Who speaks, and for which generation of the group.
struct MemberIdentity {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::int32_t generation = -1;  // or the member's epoch, in the consumer protocol
  bool knows_epochs = true;      // the request's version does
};

struct Assignment {
  std::string member_id;
  Bytes bytes;
};

struct SyncRequest {
  MemberIdentity member;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::vector<Assignment> assignments;  // from the leader only
};

struct SyncResult {
  KafkaError error = KafkaError::kNone;
  std::string protocol_type;
  std::string protocol_name;
  Bytes assignment;
};
using SyncReply = std::move_only_function<void(SyncResult)>;

// What a tool is told of a group.
struct DescribedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Bytes metadata;    // of a stable group only, as is
  Bytes assignment;  // this
};

struct GroupDescription {
  std::string_view state = "Dead";
  std::string protocol_type;
  std::string protocol_name;  // of a stable group only
  std::vector<DescribedMember> members;
};

struct LeavingMember {
  std::string member_id;  // may be empty if there is an instance id
  std::optional<std::string> instance_id;
};

}  // namespace daybook::broker

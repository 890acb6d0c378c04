// Joins a consumer group; answered when the generation's members are known. The leader gets the
// list of members, to share the partitions out.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct JoinGroupRequest {
  using Api = struct JoinGroupApi;

  struct Protocol {
    std::string name;
    Bytes metadata;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string group_id;
  std::int32_t session_timeout_ms = 0;
  std::int32_t rebalance_timeout_ms = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::string protocol_type;
  std::vector<Protocol> protocols;
  std::optional<std::string> reason;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct JoinGroupResponse {
  using Api = struct JoinGroupApi;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    Bytes metadata;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::int32_t generation_id = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<Member> members;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct JoinGroupApi {
  static constexpr ApiKey kKey{11};
  static constexpr std::string_view kName = "JoinGroup";
  static constexpr VersionRange kVersions{0, 9};
  static constexpr std::int16_t kFlexibleSince = 6;
  using Request = JoinGroupRequest;
  using Response = JoinGroupResponse;
};

}  // namespace daybook::wire

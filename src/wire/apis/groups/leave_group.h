// Members leave a consumer group; from version 3 several at once, which is how tools remove static
// members.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct LeaveGroupRequest {
  using Api = struct LeaveGroupApi;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::optional<std::string> reason;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string group_id;
  std::string member_id;
  std::vector<Member> members;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct LeaveGroupResponse {
  using Api = struct LeaveGroupApi;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    KafkaError error_code = KafkaError::kNone;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Member> members;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct LeaveGroupApi {
  static constexpr ApiKey kKey{13};
  static constexpr std::string_view kName = "LeaveGroup";
  static constexpr VersionRange kVersions{0, 5};
  static constexpr std::int16_t kFlexibleSince = 4;
  using Request = LeaveGroupRequest;
  using Response = LeaveGroupResponse;
};

}  // namespace daybook::wire

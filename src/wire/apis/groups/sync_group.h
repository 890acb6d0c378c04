// The leader brings each member's assignment, and every member takes its own.

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

struct SyncGroupRequest {
  using Api = struct SyncGroupApi;

  struct Assignment {
    std::string member_id;
    Bytes assignment;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::vector<Assignment> assignments;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct SyncGroupResponse {
  using Api = struct SyncGroupApi;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  Bytes assignment;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct SyncGroupApi {
  static constexpr ApiKey kKey{14};
  static constexpr std::string_view kName = "SyncGroup";
  static constexpr VersionRange kVersions{0, 5};
  static constexpr std::int16_t kFlexibleSince = 4;
  using Request = SyncGroupRequest;
  using Response = SyncGroupResponse;
};

}  // namespace daybook::wire

// A member of a consumer group is alive; the answer says whether it must join again.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct HeartbeatRequest {
  using Api = struct HeartbeatApi;

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct HeartbeatResponse {
  using Api = struct HeartbeatApi;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct HeartbeatApi {
  static constexpr ApiKey kKey{12};
  static constexpr std::string_view kName = "Heartbeat";
  static constexpr VersionRange kVersions{0, 4};
  static constexpr std::int16_t kFlexibleSince = 4;
  using Request = HeartbeatRequest;
  using Response = HeartbeatResponse;
};

}  // namespace daybook::wire

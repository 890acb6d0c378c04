// Which broker coordinates a group (key type 0), a transaction (1) or a share group (2). From
// version 4 for several keys at once.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct FindCoordinatorRequest {
  using Api = struct FindCoordinatorApi;

  std::string key;
  std::int8_t key_type = 0;
  std::vector<std::string> coordinator_keys;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct FindCoordinatorResponse {
  using Api = struct FindCoordinatorApi;

  struct Coordinator {
    std::string key;
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string> error_message;
  std::int32_t node_id = 0;
  std::string host;
  std::int32_t port = 0;
  std::vector<Coordinator> coordinators;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct FindCoordinatorApi {
  static constexpr ApiKey kKey{10};
  static constexpr std::string_view kName = "FindCoordinator";
  static constexpr VersionRange kVersions{0, 6};
  static constexpr std::int16_t kFlexibleSince = 3;
  using Request = FindCoordinatorRequest;
  using Response = FindCoordinatorResponse;
};

}  // namespace daybook::wire

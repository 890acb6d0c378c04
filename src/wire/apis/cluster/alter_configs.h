// Replaces the whole configuration of topics (resource type 2), brokers (4) and others: what is
// not named goes back to its default.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct AlterConfigsRequest {
  using Api = struct AlterConfigsApi;

  struct Config {
    std::string name;
    std::optional<std::string> value;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Resource> resources;
  bool validate_only = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AlterConfigsResponse {
  using Api = struct AlterConfigsApi;

  struct Result {
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Result> responses;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AlterConfigsApi {
  static constexpr ApiKey kKey{33};
  static constexpr std::string_view kName = "AlterConfigs";
  static constexpr VersionRange kVersions{0, 2};
  static constexpr std::int16_t kFlexibleSince = 2;
  using Request = AlterConfigsRequest;
  using Response = AlterConfigsResponse;
};

}  // namespace daybook::wire

// Changes single values of the configuration of topics (resource type 2), brokers (4) and others.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

// Append and subtract change the elements of a list.
enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct IncrementalAlterConfigsRequest {
  using Api = struct IncrementalAlterConfigsApi;

  struct Config {
    std::string name;
    ConfigOperation config_operation = ConfigOperation::kSet;
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

struct IncrementalAlterConfigsResponse {
  using Api = struct IncrementalAlterConfigsApi;

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

struct IncrementalAlterConfigsApi {
  static constexpr ApiKey kKey{44};
  static constexpr std::string_view kName = "IncrementalAlterConfigs";
  static constexpr VersionRange kVersions{0, 1};
  static constexpr std::int16_t kFlexibleSince = 1;
  using Request = IncrementalAlterConfigsRequest;
  using Response = IncrementalAlterConfigsResponse;
};

}  // namespace daybook::wire

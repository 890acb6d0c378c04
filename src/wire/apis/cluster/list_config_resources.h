// Names what has configurations that can be described. Version 0 asks for client metrics alone.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct ListConfigResourcesRequest {
  using Api = struct ListConfigResourcesApi;

  std::vector<std::int8_t> resource_types;  // empty: all there are

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListConfigResourcesResponse {
  using Api = struct ListConfigResourcesApi;

  struct Resource {
    std::string resource_name;
    std::int8_t resource_type = 16;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Resource> config_resources;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListConfigResourcesApi {
  static constexpr ApiKey kKey{74};
  static constexpr std::string_view kName = "ListConfigResources";
  static constexpr VersionRange kVersions{0, 1};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = ListConfigResourcesRequest;
  using Response = ListConfigResourcesResponse;
};

}  // namespace daybook::wire

// What a broker speaks: the first request of most clients, sent before they know anything. The
// response header is always version 0, and a version that the broker does not know is answered with
// a body of version 0 and UNSUPPORTED_VERSION.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct ApiVersionsRequest {
  using Api = struct ApiVersionsApi;

  std::string client_software_name;
  std::string client_software_version;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ApiVersionsResponse {
  using Api = struct ApiVersionsApi;

  struct ApiRange {
    std::int16_t api_key = 0;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct SupportedFeature {
    std::string name;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;
    friend bool operator==(const SupportedFeature&, const SupportedFeature&) = default;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct FinalizedFeature {
    std::string name;
    std::int16_t max_version_level = 0;
    std::int16_t min_version_level = 0;
    friend bool operator==(const FinalizedFeature&, const FinalizedFeature&) = default;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  KafkaError error_code = KafkaError::kNone;
  std::vector<ApiRange> api_keys;
  std::int32_t throttle_time_ms = 0;
  std::vector<SupportedFeature> supported_features;
  std::int64_t finalized_features_epoch = -1;
  std::vector<FinalizedFeature> finalized_features;
  bool zk_migration_ready = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ApiVersionsApi {
  static constexpr ApiKey kKey{18};
  static constexpr std::string_view kName = "ApiVersions";
  static constexpr VersionRange kVersions{0, 4};
  static constexpr std::int16_t kFlexibleSince = 3;
  using Request = ApiVersionsRequest;
  using Response = ApiVersionsResponse;
};

}  // namespace daybook::wire

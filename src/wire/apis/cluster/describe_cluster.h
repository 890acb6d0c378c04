// The cluster's id and brokers. Endpoint type 1 asks for brokers, 2 for controllers.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DescribeClusterRequest {
  using Api = struct DescribeClusterApi;

  bool include_cluster_authorized_operations = false;
  std::int8_t endpoint_type = 1;
  bool include_fenced_brokers = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeClusterResponse {
  using Api = struct DescribeClusterApi;

  struct Broker {
    std::int32_t broker_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;
    bool is_fenced = false;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string> error_message;
  std::int8_t endpoint_type = 1;
  std::string cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Broker> brokers;
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeClusterApi {
  static constexpr ApiKey kKey{60};
  static constexpr std::string_view kName = "DescribeCluster";
  static constexpr VersionRange kVersions{0, 2};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = DescribeClusterRequest;
  using Response = DescribeClusterResponse;
};

}  // namespace daybook::wire

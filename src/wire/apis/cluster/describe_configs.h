// Reads the configuration of topics (resource type 2), brokers (4) and others. Configuration keys
// null asks for all.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DescribeConfigsRequest {
  using Api = struct DescribeConfigsApi;

  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::optional<std::vector<std::string>> configuration_keys;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeConfigsResponse {
  using Api = struct DescribeConfigsApi;

  struct Synonym {
    std::string name;
    std::optional<std::string> value;
    std::int8_t source = 0;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;
    std::vector<Synonym> synonyms;
    std::int8_t config_type = 0;
    std::optional<std::string> documentation;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Result {
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeConfigsApi {
  static constexpr ApiKey kKey{32};
  static constexpr std::string_view kName = "DescribeConfigs";
  static constexpr VersionRange kVersions{1, 4};
  static constexpr std::int16_t kFlexibleSince = 4;
  using Request = DescribeConfigsRequest;
  using Response = DescribeConfigsResponse;
};

}  // namespace daybook::wire

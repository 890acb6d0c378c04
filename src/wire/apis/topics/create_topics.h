// Makes topics.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/uuid.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct CreateTopicsRequest {
  using Api = struct CreateTopicsApi;

  struct Assignment {
    PartitionId partition_index;
    std::vector<std::int32_t> broker_ids;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Config {
    std::string name;
    std::optional<std::string> value;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::int32_t num_partitions = 0;
    std::int16_t replication_factor = 0;
    std::vector<Assignment> assignments;
    std::vector<Config> configs;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Topic> topics;
  std::int32_t timeout_ms = 60000;
  bool validate_only = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct CreateTopicsResponse {
  using Api = struct CreateTopicsApi;

  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    Uuid topic_id;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;
    KafkaError topic_config_error_code = KafkaError::kNone;
    std::int32_t num_partitions = -1;
    std::int16_t replication_factor = -1;
    std::optional<std::vector<Config>> configs;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct CreateTopicsApi {
  static constexpr ApiKey kKey{19};
  static constexpr std::string_view kName = "CreateTopics";
  static constexpr VersionRange kVersions{2, 7};
  static constexpr std::int16_t kFlexibleSince = 5;
  using Request = CreateTopicsRequest;
  using Response = CreateTopicsResponse;
};

}  // namespace daybook::wire

// A member's one request in the consumer protocol of KIP-848: it joins (member epoch 0), leaves
// (-1, or -2 if it will be back), says what it reads and has, and is told what to read. Null is
// "as before", in both directions.

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

struct ConsumerGroupHeartbeatRequest {
  using Api = struct ConsumerGroupHeartbeatApi;

  struct TopicPartitions {
    Uuid topic_id;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::string group_id;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::int32_t rebalance_timeout_ms = -1;
  std::optional<std::vector<std::string>> subscribed_topic_names;
  std::optional<std::string> subscribed_topic_regex;
  std::optional<std::string> server_assignor;
  std::optional<std::vector<TopicPartitions>> topic_partitions;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ConsumerGroupHeartbeatResponse {
  using Api = struct ConsumerGroupHeartbeatApi;

  struct TopicPartitions {
    Uuid topic_id;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Assignment {
    std::vector<TopicPartitions> topic_partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string> error_message;
  std::optional<std::string> member_id;
  std::int32_t member_epoch = 0;
  std::int32_t heartbeat_interval_ms = 0;
  std::optional<Assignment> assignment;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ConsumerGroupHeartbeatApi {
  static constexpr ApiKey kKey{68};
  static constexpr std::string_view kName = "ConsumerGroupHeartbeat";
  static constexpr VersionRange kVersions{0, 1};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = ConsumerGroupHeartbeatRequest;
  using Response = ConsumerGroupHeartbeatResponse;
};

}  // namespace daybook::wire

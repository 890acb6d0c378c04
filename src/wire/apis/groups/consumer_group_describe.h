// What a group of the consumer protocol of KIP-848 is doing: what each member has, and what it is
// to have.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/uuid.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct ConsumerGroupDescribeRequest {
  using Api = struct ConsumerGroupDescribeApi;

  std::vector<std::string> group_ids;
  bool include_authorized_operations = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ConsumerGroupDescribeResponse {
  using Api = struct ConsumerGroupDescribeApi;

  struct TopicPartitions {
    Uuid topic_id;
    std::string topic_name;
    std::vector<PartitionId> partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Assignment {
    std::vector<TopicPartitions> topic_partitions;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    std::int32_t member_epoch = 0;
    std::string client_id;
    std::string client_host;
    std::vector<std::string> subscribed_topic_names;
    std::optional<std::string> subscribed_topic_regex;
    Assignment assignment;
    Assignment target_assignment;
    std::int8_t member_type = -1;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Group {
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string group_state;
    std::int32_t group_epoch = 0;
    std::int32_t assignment_epoch = 0;
    std::string assignor_name;
    std::vector<Member> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ConsumerGroupDescribeApi {
  static constexpr ApiKey kKey{69};
  static constexpr std::string_view kName = "ConsumerGroupDescribe";
  static constexpr VersionRange kVersions{0, 1};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = ConsumerGroupDescribeRequest;
  using Response = ConsumerGroupDescribeResponse;
};

}  // namespace daybook::wire

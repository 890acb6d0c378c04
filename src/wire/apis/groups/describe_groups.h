// What a consumer group is doing: its state, its members, what each of them asked for and was
// given.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DescribeGroupsRequest {
  using Api = struct DescribeGroupsApi;

  std::vector<std::string> groups;
  bool include_authorized_operations = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DescribeGroupsResponse {
  using Api = struct DescribeGroupsApi;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::string client_id;
    std::string client_host;
    Bytes member_metadata;
    Bytes member_assignment;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Group {
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string group_state;
    std::string protocol_type;
    std::string protocol_data;
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

struct DescribeGroupsApi {
  static constexpr ApiKey kKey{15};
  static constexpr std::string_view kName = "DescribeGroups";
  static constexpr VersionRange kVersions{0, 6};
  static constexpr std::int16_t kFlexibleSince = 5;
  using Request = DescribeGroupsRequest;
  using Response = DescribeGroupsResponse;
};

}  // namespace daybook::wire

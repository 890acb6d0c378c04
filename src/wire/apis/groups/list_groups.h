// The groups that there are. An empty filter lets all of them through.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct ListGroupsRequest {
  using Api = struct ListGroupsApi;

  std::vector<std::string> states_filter;
  std::vector<std::string> types_filter;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListGroupsResponse {
  using Api = struct ListGroupsApi;

  struct Group {
    std::string group_id;
    std::string protocol_type;
    std::string group_state;
    std::string group_type;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Group> groups;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListGroupsApi {
  static constexpr ApiKey kKey{16};
  static constexpr std::string_view kName = "ListGroups";
  static constexpr VersionRange kVersions{0, 5};
  static constexpr std::int16_t kFlexibleSince = 3;
  using Request = ListGroupsRequest;
  using Response = ListGroupsResponse;
};

}  // namespace daybook::wire

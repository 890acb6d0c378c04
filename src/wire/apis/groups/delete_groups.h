// Deletes groups that have no members, with their positions.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DeleteGroupsRequest {
  using Api = struct DeleteGroupsApi;

  std::vector<std::string> groups_names;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DeleteGroupsResponse {
  using Api = struct DeleteGroupsApi;

  struct Result {
    std::string group_id;
    KafkaError error_code = KafkaError::kNone;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DeleteGroupsApi {
  static constexpr ApiKey kKey{42};
  static constexpr std::string_view kName = "DeleteGroups";
  static constexpr VersionRange kVersions{0, 2};
  static constexpr std::int16_t kFlexibleSince = 2;
  using Request = DeleteGroupsRequest;
  using Response = DeleteGroupsResponse;
};

}  // namespace daybook::wire

// Adds partitions to topics. Assignments null leaves their brokers to the server.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct CreatePartitionsRequest {
  using Api = struct CreatePartitionsApi;

  struct Assignment {
    std::vector<std::int32_t> broker_ids;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  struct Topic {
    std::string name;
    std::int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;
  bool validate_only = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct CreatePartitionsResponse {
  using Api = struct CreatePartitionsApi;

  struct Result {
    std::string name;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct CreatePartitionsApi {
  static constexpr ApiKey kKey{37};
  static constexpr std::string_view kName = "CreatePartitions";
  static constexpr VersionRange kVersions{0, 3};
  static constexpr std::int16_t kFlexibleSince = 2;
  using Request = CreatePartitionsRequest;
  using Response = CreatePartitionsResponse;
};

}  // namespace daybook::wire

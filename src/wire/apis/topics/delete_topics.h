// Deletes topics, by name or, from version 6, by id.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct DeleteTopicsRequest {
  using Api = struct DeleteTopicsApi;

  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::vector<Topic> topics;
  std::vector<std::string> topic_names;
  std::int32_t timeout_ms = 0;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DeleteTopicsResponse {
  using Api = struct DeleteTopicsApi;

  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string> error_message;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> responses;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct DeleteTopicsApi {
  static constexpr ApiKey kKey{20};
  static constexpr std::string_view kName = "DeleteTopics";
  static constexpr VersionRange kVersions{1, 6};
  static constexpr std::int16_t kFlexibleSince = 4;
  using Request = DeleteTopicsRequest;
  using Response = DeleteTopicsResponse;
};

}  // namespace daybook::wire

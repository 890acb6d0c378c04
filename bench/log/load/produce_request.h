// The produce requests of all modes: acks=all, topics by name.

#pragma once

#include <fmt/format.h>

#include "settings.h"
#include "wire/apis/records/produce.h"

namespace daybook::bench {

inline constexpr std::int16_t kProduceVersion = 9;

inline wire::ProduceRequest empty_produce_request(const Settings& settings) {
  wire::ProduceRequest request{
      .transactional_id = {}, .acks = -1, .timeout_ms = 30'000, .topic_data = {}};
  request.topic_data.push_back({.name = settings.topic, .topic_id = {}, .partition_data = {}});
  return request;
}

inline void check_produced(const wire::ProduceResponse& response) {
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partition_responses) {
      if (partition.error_code == wire::KafkaError::kNone) continue;
      give_up(fmt::format("produce: {} {}", to_string(partition.error_code),
                          partition.error_message.value_or("")));
    }
  }
}

}  // namespace daybook::bench

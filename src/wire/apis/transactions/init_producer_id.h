// Gives a producer its id and epoch: a new id without a transactional id, else the next epoch of
// the id that belongs to it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct InitProducerIdRequest {
  using Api = struct InitProducerIdApi;

  std::optional<std::string> transactional_id;
  std::int32_t transaction_timeout_ms = 0;
  ProducerId producer_id = kNoProducer;
  ProducerEpoch producer_epoch{-1};

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct InitProducerIdResponse {
  using Api = struct InitProducerIdApi;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  ProducerId producer_id = kNoProducer;
  ProducerEpoch producer_epoch;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct InitProducerIdApi {
  static constexpr ApiKey kKey{22};
  static constexpr std::string_view kName = "InitProducerId";
  static constexpr VersionRange kVersions{0, 5};
  static constexpr std::int16_t kFlexibleSince = 2;
  using Request = InitProducerIdRequest;
  using Response = InitProducerIdResponse;
};

}  // namespace daybook::wire

// Commits or aborts a producer's transaction. From version 5 (transactions v2) every transaction
// ends with a new producer epoch, which the answer carries.

#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct EndTxnRequest {
  using Api = struct EndTxnApi;

  std::string transactional_id;
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  bool committed = false;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct EndTxnResponse {
  using Api = struct EndTxnApi;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  ProducerId producer_id = kNoProducer;
  ProducerEpoch producer_epoch{-1};

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct EndTxnApi {
  static constexpr ApiKey kKey{26};
  static constexpr std::string_view kName = "EndTxn";
  static constexpr VersionRange kVersions{0, 5};
  static constexpr std::int16_t kFlexibleSince = 3;
  using Request = EndTxnRequest;
  using Response = EndTxnResponse;
};

}  // namespace daybook::wire

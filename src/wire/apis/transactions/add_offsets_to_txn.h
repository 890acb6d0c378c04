// Makes a group's positions part of a producer's transaction, before TxnOffsetCommit sends them.

#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct AddOffsetsToTxnRequest {
  using Api = struct AddOffsetsToTxnApi;

  std::string transactional_id;
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  std::string group_id;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AddOffsetsToTxnResponse {
  using Api = struct AddOffsetsToTxnApi;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct AddOffsetsToTxnApi {
  static constexpr ApiKey kKey{25};
  static constexpr std::string_view kName = "AddOffsetsToTxn";
  static constexpr VersionRange kVersions{0, 4};
  static constexpr std::int16_t kFlexibleSince = 3;
  using Request = AddOffsetsToTxnRequest;
  using Response = AddOffsetsToTxnResponse;
};

}  // namespace daybook::wire

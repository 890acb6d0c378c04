// The transactional ids that there are. An empty filter lets all of them through, as do a duration
// below 0 and no pattern.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "wire/api_registry.h"
#include "wire/error_code.h"
#include "wire/message.h"

namespace daybook::wire {

struct ListTransactionsRequest {
  using Api = struct ListTransactionsApi;

  std::vector<std::string> state_filters;
  std::vector<ProducerId> producer_id_filters;
  std::int64_t duration_filter = -1;
  std::optional<std::string> transactional_id_pattern;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListTransactionsResponse {
  using Api = struct ListTransactionsApi;

  struct TransactionState {
    std::string transactional_id;
    ProducerId producer_id;
    std::string transaction_state;

    template <class C, class M>
    static void fields(C& c, M& m);
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<std::string> unknown_state_filters;
  std::vector<TransactionState> transaction_states;

  template <class C, class M>
  static void fields(C& c, M& m);
};

struct ListTransactionsApi {
  static constexpr ApiKey kKey{66};
  static constexpr std::string_view kName = "ListTransactions";
  static constexpr VersionRange kVersions{0, 2};
  static constexpr std::int16_t kFlexibleSince = 0;
  using Request = ListTransactionsRequest;
  using Response = ListTransactionsResponse;
};

}  // namespace daybook::wire

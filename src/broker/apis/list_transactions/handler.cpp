// ListTransactions: the transactional ids, by state, producer, age and name.

#include "wire/apis/transactions/list_transactions.h"

#include <algorithm>
#include <optional>

#include "broker/api_handler.h"
#include "broker/groups/consumer/topic_regex.h"
#include "broker/transactions/coordinator.h"
#include "io/clock.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::ListTransactionsRequest;
using Response = wire::ListTransactionsResponse;

bool is_state(const std::string& name) {
  for (std::size_t i = 0; i < catalog::kTransactionStates; ++i) {
    if (to_string(static_cast<catalog::TransactionState>(i)) == name) return true;
  }
  return false;
}

using Pattern = std::optional<TopicRegex>;

std::expected<Pattern, KafkaError> compile(const std::optional<std::string>& pattern) {
  if (!pattern || pattern->empty()) return Pattern();
  auto compiled = TopicRegex::compile(*pattern);
  if (!compiled) return std::unexpected(KafkaError::kInvalidRegularExpression);
  return Pattern(*std::move(compiled));
}

bool is_asked_for(const Request& request, const Pattern& pattern,
                  const catalog::Transaction& transaction, TimestampMs now) {
  const auto& states = request.state_filters;
  const auto& producers = request.producer_id_filters;
  if (!states.empty() && std::ranges::find(states, to_string(transaction.state)) == states.end()) {
    return false;
  }
  if (!producers.empty() && std::ranges::find(producers, transaction.producer) == producers.end()) {
    return false;
  }
  if (request.duration_filter >= 0) {
    if (transaction.state != catalog::TransactionState::kOngoing) return false;
    if (now.value - transaction.started.value <= request.duration_filter) return false;
  }
  return !pattern || pattern->matches(transaction.id);
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  Response response;
  const auto pattern = compile(request.transactional_id_pattern);
  if (!pattern) {
    response.error_code = pattern.error();
    return reply(response);
  }
  const bool by_state = !request.state_filters.empty();
  std::erase_if(request.state_filters, [&](const std::string& name) {
    if (is_state(name)) return false;
    response.unknown_state_filters.push_back(name);
    return true;
  });
  const bool none = by_state && request.state_filters.empty();
  const TimestampMs now = core.clock.wall();
  for (const catalog::Transaction& transaction : core.transactions.all()) {
    if (none || !is_asked_for(request, *pattern, transaction, now)) continue;
    response.transaction_states.push_back(
        {transaction.id, transaction.producer, std::string(to_string(transaction.state))});
  }
  reply(response);
}

}  // namespace

ApiHandler list_transactions() {
  return handler_of<wire::ListTransactionsApi, handle>();
}

}  // namespace daybook::broker::apis

// DescribeTransactions: where the transactions of some transactional ids stand.

#include "wire/apis/transactions/describe_transactions.h"

#include <map>
#include <set>

#include "broker/api_handler.h"
#include "broker/topics/topics.h"
#include "broker/transactions/coordinator.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::DescribeTransactionsResponse;

std::vector<Response::Topic> topics_of(const Core& core, const catalog::Transaction& transaction) {
  std::map<std::string, Response::Topic> topics;
  for (const auto& part : transaction.partitions) {
    const TopicPtr topic = core.topics.find(part.topic);
    if (topic == nullptr) continue;
    topics[topic->name].topic = topic->name;
    topics[topic->name].partitions.push_back(part.partition);
  }
  std::vector<Response::Topic> result;
  for (auto& [name, topic] : topics) result.push_back(std::move(topic));
  return result;
}

Response::TransactionState describe(const Core& core, const std::string& id) {
  Response::TransactionState described;
  described.transactional_id = id;
  const auto transaction = core.transactions.find(id);
  if (id.empty() || !transaction) {
    described.error_code =
        id.empty() ? KafkaError::kInvalidRequest : KafkaError::kTransactionalIdNotFound;
    return described;
  }
  described.transaction_state = to_string(transaction->state);
  described.transaction_timeout_ms = static_cast<std::int32_t>(transaction->timeout.count());
  described.transaction_start_time_ms = transaction->started;
  described.producer_id = transaction->producer;
  described.producer_epoch = transaction->epoch;
  described.topics = topics_of(core, *transaction);
  return described;
}

void handle(Core& core, const RequestContext&, wire::DescribeTransactionsRequest request,
            Reply<Response> reply) {
  Response response;
  // Named twice is answered once: the partitions of a transaction are many, and its id is short.
  std::set<std::string_view> seen;
  for (const std::string& id : request.transactional_ids) {
    if (seen.insert(id).second) response.transaction_states.push_back(describe(core, id));
  }
  reply(response);
}

}  // namespace

ApiHandler describe_transactions() {
  return handler_of<wire::DescribeTransactionsApi, handle>();
}

}  // namespace daybook::broker::apis

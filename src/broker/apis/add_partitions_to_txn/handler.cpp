// AddPartitionsToTxn: a client of version 1 says where it is about to write (to version 3 of the
// API), or a broker asks or says so for several at once, which nothing but tools does here.

#include "wire/apis/transactions/add_partitions_to_txn.h"

#include <atomic>
#include <memory>

#include "broker/api_handler.h"
#include "broker/topics/topics.h"
#include "broker/transactions/coordinator.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::AddPartitionsToTxnRequest;
using Response = wire::AddPartitionsToTxnResponse;

constexpr std::int16_t kFirstBatched = 4;
constexpr std::int16_t kFirstWithFenced = 2;
constexpr std::int16_t kFirstWithAbortable = 5;

// The answers, complete but for the error codes, and the partitions that they are about.
struct Asked {
  std::vector<Response::TopicResult> answers;
  std::vector<catalog::TransactionPartition> partitions;
  bool all_known = true;
};

Asked look_up(const Core& core, const std::vector<Request::Topic>& topics) {
  Asked asked;
  for (const Request::Topic& each : topics) {
    const TopicPtr topic = core.topics.find(each.name);
    Response::TopicResult& answer = asked.answers.emplace_back();
    answer.name = each.name;
    for (const PartitionId partition : each.partitions) {
      const bool known = topic != nullptr && partition.value >= 0 &&
                         static_cast<std::size_t>(partition.value) < topic->partitions.size();
      answer.results_by_partition.push_back(
          {partition, known ? KafkaError::kNone : KafkaError::kUnknownTopicOrPartition});
      asked.all_known = asked.all_known && known;
      asked.partitions.push_back({known ? topic->id : Uuid{}, partition});
    }
  }
  return asked;
}

// For all those that have no error of their own.
void set_errors(std::vector<Response::TopicResult>& answers, KafkaError error) {
  for (Response::TopicResult& topic : answers) {
    for (auto& partition : topic.results_by_partition) {
      if (partition.partition_error_code == KafkaError::kNone) {
        partition.partition_error_code = error;
      }
    }
  }
}

using Answered = std::move_only_function<void(std::vector<Response::TopicResult>)>;

void add(Core& core, const Request::Transaction& transaction, bool knows_fenced,
         Answered answered) {
  Asked asked = look_up(core, transaction.topics);
  if (transaction.transactional_id.empty() || !asked.all_known) {
    set_errors(asked.answers, transaction.transactional_id.empty()
                                  ? KafkaError::kInvalidRequest
                                  : KafkaError::kOperationNotAttempted);
    return answered(std::move(asked.answers));
  }
  core.transactions.add(transaction.transactional_id,
                        {transaction.producer_id, transaction.producer_epoch}, asked.partitions,
                        [answers = std::move(asked.answers), knows_fenced,
                         answered = std::move(answered)](KafkaError error) mutable {
                          set_errors(answers, fenced_for(error, knows_fenced));
                          answered(std::move(answers));
                        });
}

std::vector<Response::TopicResult> verify(const Core& core, const Request::Transaction& transaction,
                                          bool knows_abortable) {
  Asked asked = look_up(core, transaction.topics);
  std::size_t at = 0;
  for (Response::TopicResult& topic : asked.answers) {
    for (auto& partition : topic.results_by_partition) {
      const KafkaError error = core.transactions.verify(
          transaction.transactional_id, {transaction.producer_id, transaction.producer_epoch},
          asked.partitions[at++]);
      const bool older = error == KafkaError::kTransactionAbortable && !knows_abortable;
      partition.partition_error_code = older ? KafkaError::kInvalidTxnState : error;
    }
  }
  return std::move(asked.answers);
}

// The answer while transactions are stored; whoever finishes last sends it.
struct Pending {
  explicit Pending(Reply<Response> r) : reply(std::move(r)) {}
  Response response;
  Reply<Response> reply;
  std::atomic<std::size_t> open = 1;
  void finish_one() {
    if (open.fetch_sub(1) == 1) reply(response);
  }
};

void handle_batched(Core& core, const RequestContext& context, const Request& request,
                    Reply<Response> reply) {
  const auto pending = std::make_shared<Pending>(std::move(reply));
  auto& results = pending->response.results_by_transaction;
  results.resize(request.transactions.size());
  for (std::size_t i = 0; i < request.transactions.size(); ++i) {
    const Request::Transaction& transaction = request.transactions[i];
    results[i].transactional_id = transaction.transactional_id;
    if (transaction.verify_only) {
      results[i].topic_results = verify(core, transaction, context.version >= kFirstWithAbortable);
      continue;
    }
    ++pending->open;
    add(core, transaction, true, [pending, i](std::vector<Response::TopicResult> answers) {
      pending->response.results_by_transaction[i].topic_results = std::move(answers);
      pending->finish_one();
    });
  }
  pending->finish_one();
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  if (context.version >= kFirstBatched) {
    return handle_batched(core, context, request, std::move(reply));
  }
  Request::Transaction only;
  only.transactional_id = std::move(request.v3_and_below_transactional_id);
  only.producer_id = request.v3_and_below_producer_id;
  only.producer_epoch = request.v3_and_below_producer_epoch;
  only.topics = std::move(request.v3_and_below_topics);
  add(core, only, context.version >= kFirstWithFenced,
      [reply = std::move(reply)](std::vector<Response::TopicResult> answers) mutable {
        Response response;
        response.results_by_topic_v3_and_below = std::move(answers);
        reply(response);
      });
}

}  // namespace

ApiHandler add_partitions_to_txn() {
  return handler_of<wire::AddPartitionsToTxnApi, handle>();
}

}  // namespace daybook::broker::apis

#include "client/kafka/transactional_writer.h"

#include <fmt/format.h>

#include "base/check.h"
#include "client/kafka/handle.h"
#include "client/kafka/member_reader.h"
#include "client/kafka/producer.h"

namespace daybook::client::kafka {
namespace {

using ErrorPtr = std::unique_ptr<rd_kafka_error_t, Freed<rd_kafka_error_destroy>>;

// The group has another generation than the one under which the events were read.
bool is_another_generation(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
         error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
}

class KafkaTransactionalWriter final : public TransactionalWriter {
 public:
  KafkaTransactionalWriter(std::string id, const KafkaOptions& options)
      : id_(std::move(id)),
        request_timeout_(options.request_timeout),
        patience_(options.patience),
        producer_(options) {}

  Status open(const KafkaOptions& options) {
    DAYBOOK_TRY_VOID(producer_.open(
        options, {{"transactional.id", id_},
                  {"transaction.timeout.ms", std::to_string(kTransactionTimeout.count())}}));
    return retried("cannot become the writer", [this](int wait_ms) {
      return rd_kafka_init_transactions(producer_.handle(), wait_ms);
    });
  }

  Status begin() override {
    DAYBOOK_TRY_VOID(producer_.poll(0));
    const ErrorPtr error(rd_kafka_begin_transaction(producer_.handle()));
    if (error != nullptr) return refusal(*error, "cannot begin a transaction");
    is_open_ = true;
    return {};
  }

  Status write(const OutgoingRecord& record) override { return producer_.write(record); }

  Status commit(MemberReader& member, const Position& next) override {
    const auto* ours = dynamic_cast<KafkaMemberReader*>(&member);
    DAYBOOK_CHECK(ours != nullptr, "a member of another kind of log");
    DAYBOOK_TRY_VOID(producer_.poll(0));
    if (ours->membership() == nullptr) return not_ours_any_more(*ours);
    DAYBOOK_TRY_VOID(send_offsets(*ours, next));
    const auto committed = retried("cannot commit", [this](int wait_ms) {
      return rd_kafka_commit_transaction(producer_.handle(), wait_ms);
    });
    // The cause of an abort is the record that could not be written.
    DAYBOOK_TRY_VOID(producer_.poll(0));
    if (committed) {
      is_open_ = false;
      return {};
    }
    auto error = committed.error();
    if (error.code == ErrorCode::kTimedOut) error.code = ErrorCode::kOutcomeUnknown;
    return std::unexpected(std::move(error));
  }

  Status abort() override {
    if (!is_open_) return {};
    const auto aborted = retried("cannot abort", [this](int wait_ms) {
      return rd_kafka_abort_transaction(producer_.handle(), wait_ms);
    });
    if (aborted) is_open_ = false;
    return aborted;
  }

 private:
  Status send_offsets(const KafkaMemberReader& member, const Position& next) {
    const ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
    for (const auto& [partition, offset] : next) {
      rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                        partition.partition.value)
          ->offset = offset.value;
    }
    bool is_stale = false;
    auto sent = retried("cannot commit the offsets of group " + member.group(), [&](int wait_ms) {
      auto* error = rd_kafka_send_offsets_to_transaction(producer_.handle(), list.get(),
                                                         member.membership(), wait_ms);
      is_stale = error != nullptr && is_another_generation(rd_kafka_error_code(error));
      return error;
    });
    return is_stale ? not_ours_any_more(member) : sent;
  }

  static Status not_ours_any_more(const KafkaMemberReader& member) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("group '{}' has shared its partitions out anew", member.group()));
  }

  // Calls until it is done, refused for good, or the time is up.
  template <class Call>
  Status retried(const std::string& what, Call call) {
    const auto deadline = patience_->deadline(request_timeout_);
    while (true) {
      const ErrorPtr error(call(timeout_ms(patience_->until(deadline))));
      if (error == nullptr) return {};
      if (rd_kafka_error_is_retriable(error.get()) == 0) return refusal(*error, what);
      if (patience_->is_over(deadline)) {
        return fail(ErrorCode::kTimedOut,
                    fmt::format("transactional id '{}': {} within {} ms: {}", id_, what,
                                request_timeout_.count(), rd_kafka_error_string(error.get())));
      }
    }
  }

  std::unexpected<Error> refusal(const rd_kafka_error_t& error, const std::string& what) const {
    auto code = code_of(rd_kafka_error_code(&error));
    if (rd_kafka_error_txn_requires_abort(&error) != 0 && code == ErrorCode::kInvalid) {
      code = ErrorCode::kUnavailable;  // the transaction is lost, and another may succeed
    }
    return fail(code, fmt::format("transactional id '{}': {}: {}", id_, what,
                                  rd_kafka_error_string(&error)));
  }

  std::string id_;
  milliseconds request_timeout_;
  std::shared_ptr<const Patience> patience_;
  bool is_open_ = false;
  Producer producer_;
};

}  // namespace

Result<std::unique_ptr<TransactionalWriter>> make_transactional_writer(const KafkaOptions& options,
                                                                       const std::string& id) {
  auto writer = std::make_unique<KafkaTransactionalWriter>(id, options);
  DAYBOOK_TRY_VOID(writer->open(options));
  return writer;
}

}  // namespace daybook::client::kafka

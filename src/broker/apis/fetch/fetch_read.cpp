#include "broker/apis/fetch/fetch_read.h"

#include <algorithm>
#include <utility>

#include "base/report.h"
#include "broker/limits.h"
#include "broker/topics/topics.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::FetchRequest;
using Response = wire::FetchResponse;

constexpr std::int16_t kFirstWithTopicIds = 13;
constexpr std::int8_t kReadCommitted = 1;

class Reading {
 public:
  Reading(Core& core, const Request& request, std::int16_t version)
      : core_(core),
        request_(request),
        isolation_(request.isolation_level == kReadCommitted ? log::Isolation::kCommitted
                                                             : log::Isolation::kUncommitted),
        by_id_(version >= kFirstWithTopicIds) {
    const auto asked = static_cast<std::size_t>(std::max(request.max_bytes, 0));
    left_bytes_ = std::min(asked, kMaxFetchBytes);
  }

  FetchRead run() && {
    for (const Request::Topic& asked : request_.topics) {
      Response::Topic& answer = read_.response.responses.emplace_back();
      answer.topic = asked.topic;
      answer.topic_id = asked.topic_id;
      const TopicPtr topic =
          by_id_ ? core_.topics.find(asked.topic_id) : core_.topics.find(asked.topic);
      for (const Request::Partition& partition : asked.partitions) {
        answer.partitions.push_back(read(topic, partition));
      }
    }
    return std::move(read_);
  }

 private:
  Response::Partition read(const TopicPtr& topic, const Request::Partition& asked) {
    Response::Partition answer;
    answer.partition_index = asked.partition;
    answer.high_watermark = Offset{-1};
    answer.records.emplace();
    if (is_committed()) answer.aborted_transactions.emplace();
    if (topic == nullptr) {
      return refuse(std::move(answer),
                    by_id_ ? KafkaError::kUnknownTopicId : KafkaError::kUnknownTopicOrPartition);
    }
    const auto log = topic->partition(asked.partition, asked.current_leader_epoch);
    if (!log) return refuse(std::move(answer), log.error());
    if (left_bytes_ == 0 && read_.size_bytes > 0) return skip(std::move(answer), **log);
    const auto fits = static_cast<std::size_t>(std::max(asked.partition_max_bytes, 0));
    auto found = (*log)->read(asked.fetch_offset, std::min(fits, left_bytes_),
                              read_.size_bytes == 0, isolation_);
    if (!found) return refuse(std::move(answer), error_of(found.error()));
    answer.high_watermark = found->high_watermark;
    answer.last_stable_offset = found->last_stable;
    answer.log_start_offset = found->log_start;
    // Where no record can come any more nobody needs to wait, and would be woken at once.
    if ((*log)->health()) {
      const Offset end = is_committed() ? found->last_stable : found->high_watermark;
      read_.places.push_back({topic, *log, isolation_, std::max(asked.fetch_offset, end)});
    }
    if (found->batches.empty()) return answer;
    for (const log::AbortedTransaction& aborted : found->aborted) {
      answer.aborted_transactions->push_back({aborted.producer, aborted.first});
    }
    const std::size_t size_bytes = found->batches.size();
    read_.size_bytes += size_bytes;
    left_bytes_ -= std::min(left_bytes_, size_bytes);
    const auto owner = std::make_shared<const Bytes>(std::move(found->batches));
    answer.records->push_back({*owner, owner});
    return answer;
  }

  // The answer is full; the client asks again, for this partition first.
  static Response::Partition skip(Response::Partition answer, const log::Partition& log) {
    answer.high_watermark = log.high_watermark();
    answer.last_stable_offset = log.last_stable_offset();
    answer.log_start_offset = log.log_start();
    return answer;
  }

  Response::Partition refuse(Response::Partition answer, KafkaError error) {
    answer.error_code = error;
    read_.failed = true;
    return answer;
  }

  static KafkaError error_of(const Error& error) {
    if (error.code == ErrorCode::kNotFound) return KafkaError::kOffsetOutOfRange;
    // Closed: its topic is being deleted.
    if (error.code == ErrorCode::kUnavailable) return KafkaError::kNotLeaderOrFollower;
    report(Severity::kError, "broker", error.message);
    return KafkaError::kKafkaStorageError;
  }

  bool is_committed() const { return isolation_ == log::Isolation::kCommitted; }

  Core& core_;
  const Request& request_;
  const log::Isolation isolation_;
  const bool by_id_;
  std::size_t left_bytes_ = 0;
  FetchRead read_;
};

}  // namespace

FetchRead read_for_fetch(Core& core, const Request& request, std::int16_t version) {
  return Reading(core, request, version).run();
}

}  // namespace daybook::broker::apis

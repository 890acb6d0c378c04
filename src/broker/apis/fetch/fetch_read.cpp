#include "broker/apis/fetch/fetch_read.h"

#include <algorithm>
#include <utility>

#include "base/report.h"
#include "broker/limits.h"
#include "broker/topics/topics.h"
#include "io/file_system.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::FetchRequest;
using Response = wire::FetchResponse;

constexpr std::int16_t kFirstWithTopicIds = 13;
constexpr std::int8_t kReadCommitted = 1;

// Records that were read and checked a moment ago, and are in the page cache: they go to the socket
// from there.
class StoredRecords final : public wire::BytesElsewhere {
 public:
  StoredRecords(log::FileRange from, std::size_t size_bytes)
      : from_(std::move(from)), size_bytes_(size_bytes) {}

  std::size_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> send_to(int socket, std::size_t from) const override {
    return from_.file->send_to(socket, from_.position + from, size_bytes_ - from);
  }
  Result<Bytes> copy() const override {
    Bytes bytes(size_bytes_);
    DAYBOOK_TRY(const std::size_t n, from_.file->read_at(from_.position, bytes));
    bytes.resize(n);
    return bytes;
  }

 private:
  log::FileRange from_;
  std::size_t size_bytes_;
};

class Reading {
 public:
  Reading(Core& core, const Request& request, std::int16_t version)
      : core_(core), request_(request), by_id_(version >= kFirstWithTopicIds) {
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
    if (request_.isolation_level == kReadCommitted) answer.aborted_transactions.emplace();
    if (topic == nullptr) {
      return refuse(std::move(answer),
                    by_id_ ? KafkaError::kUnknownTopicId : KafkaError::kUnknownTopicOrPartition);
    }
    const auto log = topic->partition(asked.partition, asked.current_leader_epoch);
    if (!log) return refuse(std::move(answer), log.error());
    if (left_bytes_ == 0 && read_.size_bytes > 0) return skip(std::move(answer), **log);
    const auto fits = static_cast<std::size_t>(std::max(asked.partition_max_bytes, 0));
    auto found =
        (*log)->read(asked.fetch_offset, std::min(fits, left_bytes_), read_.size_bytes == 0);
    if (!found) return refuse(std::move(answer), error_of(found.error()));
    answer.high_watermark = found->high_watermark;
    answer.last_stable_offset = found->high_watermark;
    answer.log_start_offset = found->log_start;
    // Where no record can come any more nobody needs to wait, and would be woken at once.
    if ((*log)->health()) {
      read_.places.push_back({topic, *log, std::max(asked.fetch_offset, found->high_watermark)});
    }
    if (found->batches.empty()) return answer;
    const std::size_t size_bytes = found->batches.size();
    read_.size_bytes += size_bytes;
    left_bytes_ -= std::min(left_bytes_, size_bytes);
    answer.records->push_back(
        {.bytes = {},
         .elsewhere = std::make_shared<StoredRecords>(std::move(found->origin), size_bytes)});
    return answer;
  }

  // The answer is full; the client asks again, for this partition first.
  static Response::Partition skip(Response::Partition answer, const log::Partition& log) {
    answer.high_watermark = log.high_watermark();
    answer.last_stable_offset = answer.high_watermark;
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

  Core& core_;
  const Request& request_;
  const bool by_id_;
  std::size_t left_bytes_ = 0;
  FetchRead read_;
};

}  // namespace

FetchRead read_for_fetch(Core& core, const Request& request, std::int16_t version) {
  return Reading(core, request, version).run();
}

}  // namespace daybook::broker::apis

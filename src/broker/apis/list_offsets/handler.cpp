// ListOffsets: where a partition begins and ends, and where a time is in it.
//
// The first is known. For a time the log is looked into, which may take the disk, so that the
// threads that may wait for it do that.

#include "wire/apis/records/list_offsets.h"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/limits.h"
#include "broker/topics/topics.h"
#include "broker/worker.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::ListOffsetsRequest;
using Response = wire::ListOffsetsResponse;

// Times that mean a place.
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;
constexpr std::int64_t kEarliestLocal = -4;
constexpr std::int64_t kLatestTiered = -5;
constexpr std::int64_t kEarliestPendingUpload = -6;

bool is_known(std::int64_t time, std::int16_t version) {
  switch (time) {
    case kMaxTimestamp:
      return version >= 7;
    case kEarliestLocal:
      return version >= 8;
    case kLatestTiered:
      return version >= 9;
    case kEarliestPendingUpload:
      return version >= 11;
    default:
      return time >= kEarliest;
  }
}

constexpr std::int8_t kReadCommitted = 1;

Offset readable_end(const log::Partition& log, bool committed) {
  return committed ? log.last_stable_offset() : log.high_watermark();
}

// A time that is asked for, and which of the answers is for it.
struct WantedTime {
  TopicPtr topic;
  const log::Partition* log;
  TimestampMs time;
  std::size_t topic_answer;
  std::size_t partition_answer;
};

// A record that the client may not read yet is not found.
void look_up(const WantedTime& wanted, bool committed, Response::Partition& answer) {
  const Offset end = readable_end(*wanted.log, committed);
  const auto found = wanted.time.value == kMaxTimestamp ? wanted.log->offset_of_max_timestamp()
                                                        : wanted.log->offset_for_time(wanted.time);
  if (!found) {
    report(Severity::kError, "broker", "could not look up a time: " + found.error().message);
    answer.error_code = KafkaError::kKafkaStorageError;
  } else if (*found && (*found)->offset < end) {
    answer.timestamp = (*found)->timestamp;
    answer.offset = (*found)->offset;
  } else {
    answer.leader_epoch = kNoEpoch;
  }
}

// What one request is told.
class Answer : public std::enable_shared_from_this<Answer> {
 public:
  Answer(Core& core, std::int16_t version, bool committed, Reply<Response> reply)
      : core_(core), version_(version), committed_(committed), reply_(std::move(reply)) {}

  void add(Request::Topic asked) {
    Response::Topic& answer = response_.topics.emplace_back();
    const TopicPtr topic = core_.topics.find(asked.name);
    answer.name = std::move(asked.name);
    for (const auto& partition : asked.partitions) {
      answer.partitions.push_back(find(topic, partition, answer.partitions.size()));
    }
  }

  void send() {
    if (wanted_.empty()) return reply_(response_);
    reply_.strand()->when_closed([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->abandoned_ = true;
    });
    look_up_some();
  }

 private:
  Response::Partition find(const TopicPtr& topic, const Request::Partition& asked,
                           std::size_t place) {
    Response::Partition answer;
    answer.partition_index = asked.partition_index;
    if (topic == nullptr) {
      answer.error_code = KafkaError::kUnknownTopicOrPartition;
      return answer;
    }
    const auto log = topic->partition(asked.partition_index, asked.current_leader_epoch);
    if (!log) {
      answer.error_code = log.error();
      return answer;
    }
    if (!is_known(asked.timestamp.value, version_)) {
      answer.error_code = KafkaError::kUnsupportedVersion;
      return answer;
    }
    answer.leader_epoch = (*log)->leader_epoch();
    switch (asked.timestamp.value) {
      case kLatest:
        answer.offset = readable_end(**log, committed_);
        break;
      case kEarliest:
      case kEarliestLocal:
        answer.offset = (*log)->log_start();
        break;
      case kLatestTiered:
      case kEarliestPendingUpload:
        // There is no tiered storage: none, as Apache Kafka answers without it.
        answer.leader_epoch = kNoEpoch;
        break;
      default:
        wanted_.push_back({topic, *log, asked.timestamp, response_.topics.size() - 1, place});
    }
    return answer;
  }

  // Then it is the turn of what else waits for those threads.
  void look_up_some() {
    core_.disk_reads.run([self = shared_from_this()] {
      for (std::size_t i = 0; i < kTimesAtOnce && self->looked_up_ < self->wanted_.size(); ++i) {
        if (self->abandoned_) return;
        const WantedTime& wanted = self->wanted_[self->looked_up_++];
        look_up(wanted, self->committed_,
                self->response_.topics[wanted.topic_answer].partitions[wanted.partition_answer]);
      }
      if (self->looked_up_ < self->wanted_.size()) return self->look_up_some();
      self->reply_(self->response_);
    });
  }

  Core& core_;
  const std::int16_t version_;
  const bool committed_;
  Reply<Response> reply_;
  Response response_;
  std::vector<WantedTime> wanted_;
  std::size_t looked_up_ = 0;
  std::atomic<bool> abandoned_ = false;
};

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  const auto answer = std::make_shared<Answer>(
      core, context.version, request.isolation_level == kReadCommitted, std::move(reply));
  for (auto& topic : request.topics) answer->add(std::move(topic));
  answer->send();
}

}  // namespace

ApiHandler list_offsets() {
  return handler_of<wire::ListOffsetsApi, handle>();
}

}  // namespace daybook::broker::apis

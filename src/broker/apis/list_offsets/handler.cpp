// ListOffsets: where a partition begins and ends, and where a time is in it.

#include "wire/apis/records/list_offsets.h"

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/topics/topics.h"

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

// A record that the client may not read yet was not found.
void answer_found(const Result<std::optional<log::TimedOffset>>& found, Offset readable_end,
                  Response::Partition& answer) {
  if (!found) {
    report(Severity::kError, "broker", "could not look up a time: " + found.error().message);
    answer.error_code = KafkaError::kKafkaStorageError;
  } else if (*found && (*found)->offset < readable_end) {
    answer.timestamp = (*found)->timestamp;
    answer.offset = (*found)->offset;
  } else {
    answer.leader_epoch = kNoEpoch;
  }
}

Response::Partition find(const Topic* topic, const Request::Partition& asked, std::int16_t version,
                         bool committed) {
  Response::Partition answer;
  answer.partition_index = asked.partition_index;
  if (topic == nullptr) {
    answer.error_code = KafkaError::kUnknownTopicOrPartition;
    return answer;
  }
  const auto partition = topic->partition(asked.partition_index, asked.current_leader_epoch);
  if (!partition) {
    answer.error_code = partition.error();
    return answer;
  }
  if (!is_known(asked.timestamp.value, version)) {
    answer.error_code = KafkaError::kUnsupportedVersion;
    return answer;
  }
  log::Partition& log = **partition;
  answer.leader_epoch = log.leader_epoch();
  const Offset end = committed ? log.last_stable_offset() : log.high_watermark();
  switch (asked.timestamp.value) {
    case kLatest:
      answer.offset = end;
      break;
    case kEarliest:
    case kEarliestLocal:
      answer.offset = log.log_start();
      break;
    case kMaxTimestamp:
      answer_found(log.offset_of_max_timestamp(), end, answer);
      break;
    case kLatestTiered:
    case kEarliestPendingUpload:
      // There is no tiered storage: none, as Apache Kafka answers without it.
      answer.leader_epoch = kNoEpoch;
      break;
    default:
      answer_found(log.offset_for_time(asked.timestamp), end, answer);
  }
  return answer;
}

void handle(Core& core, const RequestContext& context, Request request, Reply<Response> reply) {
  Response response;
  for (auto& asked : request.topics) {
    Response::Topic& answer = response.topics.emplace_back();
    const TopicPtr topic = core.topics.find(asked.name);
    answer.name = std::move(asked.name);
    for (const auto& partition : asked.partitions) {
      answer.partitions.push_back(
          find(topic.get(), partition, context.version, request.isolation_level == kReadCommitted));
    }
  }
  reply(response);
}

}  // namespace

ApiHandler list_offsets() {
  return handler_of<wire::ListOffsetsApi, handle>();
}

}  // namespace daybook::broker::apis

// DescribeLogDirs: the one folder that holds the log, its partitions with their sizes, and the
// space of its disk. On the topics' thread: it asks the disk.

#include "wire/apis/cluster/describe_log_dirs.h"

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/report.h"
#include "broker/api_handler.h"
#include "broker/topics/topics.h"
#include "io/file_system.h"

namespace daybook::broker::apis {
namespace {

using Request = wire::DescribeLogDirsRequest;
using Response = wire::DescribeLogDirsResponse;

std::optional<Response::Partition> measure(const Topic& topic, PartitionId index) {
  const auto partition = topic.partition(index);
  if (!partition) return std::nullopt;
  const auto size_bytes = (*partition)->size_bytes();
  if (!size_bytes) {
    report(Severity::kWarning, "broker", size_bytes.error().message);
    return std::nullopt;
  }
  Response::Partition measured;
  measured.partition_index = index;
  measured.partition_size = static_cast<std::int64_t>(*size_bytes);
  return measured;
}

// Null `indexes`: all. What does not exist is left out, as Apache Kafka does.
void measure_topic(const Topic& topic, const std::vector<PartitionId>* indexes,
                   Response::Result& answer) {
  std::set<PartitionId> wanted;
  if (indexes != nullptr) {
    wanted.insert(indexes->begin(), indexes->end());
  } else {
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      wanted.insert(PartitionId{static_cast<std::int32_t>(i)});
    }
  }
  Response::Topic measured{topic.name, {}};
  for (const PartitionId index : wanted) {
    if (auto partition = measure(topic, index)) measured.partitions.push_back(*partition);
  }
  if (!measured.partitions.empty()) answer.topics.push_back(std::move(measured));
}

Response describe(Core& core, const Request& request) {
  Response response;
  Response::Result& answer = response.results.emplace_back();
  answer.log_dir = core.settings.log_folder;
  const auto space = core.files.space(core.settings.log_folder);
  if (!space) {
    report(Severity::kError, "broker", space.error().message);
    answer.error_code = KafkaError::kKafkaStorageError;
    return response;
  }
  answer.total_bytes = static_cast<std::int64_t>(space->total_bytes);
  answer.usable_bytes = static_cast<std::int64_t>(space->usable_bytes);
  if (!request.topics) {
    for (const TopicPtr& topic : core.topics.all()) measure_topic(*topic, nullptr, answer);
    return response;
  }
  std::set<std::string_view> seen;
  for (const auto& asked : *request.topics) {
    if (!seen.insert(asked.topic).second) continue;
    if (const TopicPtr topic = core.topics.find(asked.topic)) {
      measure_topic(*topic, &asked.partitions, answer);
    }
  }
  return response;
}

void handle(Core& core, const RequestContext&, Request request, Reply<Response> reply) {
  core.topics.run([&core, request = std::move(request), reply = std::move(reply)]() mutable {
    reply(describe(core, request));
  });
}

}  // namespace

ApiHandler describe_log_dirs() {
  return handler_of<wire::DescribeLogDirsApi, handle>();
}

}  // namespace daybook::broker::apis

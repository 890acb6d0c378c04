#include "views/changes/topic_range.h"

namespace daybook::views {

Result<TopicRange> range_of(client::LogClient& log, const std::string& topic) {
  DAYBOOK_TRY(const auto info, log.describe_topic(topic));
  TopicRange all;
  for (std::int32_t i = 0; i < info.partitions; ++i) {
    const client::TopicPartition partition{topic, PartitionId{i}};
    DAYBOOK_TRY(const auto range, log.offsets(partition));
    if (range.begin == range.end) continue;
    all.begin[partition] = range.begin;
    all.end[partition] = range.end;
  }
  return all;
}

}  // namespace daybook::views

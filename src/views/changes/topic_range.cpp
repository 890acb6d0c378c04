#include "views/changes/topic_range.h"

namespace daybook::views {

Result<TopicRange> range_of(client::LogClient& log, const std::string& topic) {
  DAYBOOK_TRY(const auto info, log.describe_topic(topic));
  TopicRange all;
  DAYBOOK_TRY(const auto ranges, log.offsets_of(partitions_of(info)));
  for (const auto& [partition, range] : ranges) {
    if (range.begin == range.end) continue;
    all.begin[partition] = range.begin;
    all.end[partition] = range.end;
  }
  return all;
}

}  // namespace daybook::views

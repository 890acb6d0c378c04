// Reads as a member of a consumer group: the group shares the partitions out, and remembers how far
// it has read. For commands and for whoever wants Kafka's own way of sharing work; views and
// processors keep their position with their state instead.
//
// Threads: one at a time. A member that does not call next() for max.poll.interval.ms (librdkafka's
// default, 5 minutes) is put out of the group.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/kafka_client.h"
#include "client/log_client.h"

namespace daybook::client {

struct GroupRecord {
  TopicPartition source;
  Offset offset;
  TimestampMs timestamp = kNoTimestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

class GroupReader {
 public:
  // Leaves the group.
  virtual ~GroupReader() = default;

  // The next record, or nothing: after `max_wait`, or where a partition ends. A log that is away is
  // only a wait.
  virtual Result<std::optional<GroupRecord>> next(milliseconds max_wait) = 0;
  // How many partitions the member has; nothing before the group has given it its share.
  virtual std::optional<std::size_t> partitions() const = 0;
  // It has partitions, and next() has come to the end of each since it was given them. What was
  // written since may lie behind.
  virtual bool has_reached_end() const = 0;
  // Everything that next() has answered counts as read, durably. Nothing to commit is no error.
  virtual Status commit() = 0;
};

enum class GroupStart : std::uint8_t { kBeginning, kEnd };  // where the group has no offset yet

Result<std::unique_ptr<GroupReader>> make_group_reader(const KafkaOptions& options,
                                                       const std::string& group,
                                                       const std::vector<std::string>& topics,
                                                       GroupStart start);

}  // namespace daybook::client

// How a committed offset stands in a row: group, topic, partition, offset, leader epoch, metadata,
// time, beginning with the first column.

#pragma once

#include "catalog/database.h"
#include "catalog/records.h"

namespace daybook::catalog {

inline CommittedOffset read_offset(const Statement& row) {
  CommittedOffset commit;
  commit.group = row.text(0);
  commit.topic = row.text(1);
  commit.partition = PartitionId{static_cast<std::int32_t>(row.integer(2))};
  commit.offset = Offset{row.integer(3)};
  commit.leader_epoch = LeaderEpoch{static_cast<std::int32_t>(row.integer(4))};
  commit.metadata = row.text(5);
  commit.committed_at = TimestampMs{row.integer(6)};
  return commit;
}

}  // namespace daybook::catalog

// How far the snapshots of a source have come: one record in the compacted topic `daybook.sources`
// (key: the source's name, value: JSON), written before a snapshot session reads its first row and
// after a table is complete. Where the events themselves stand is in the events
// (event_position.h); this record is what cannot be seen from the last event alone.
//
// A snapshot may need several sessions, if it is interrupted. Session k reads all tables as they
// were at one exact point S_k of the write-ahead log, and reads only the keys that no session
// before it has written: those after `after[p]`, the last key in partition p when it began. So each
// key belongs to exactly one session, the first one whose rows reach it, and
//
//   a streamed change of a key is an event  <=>  its commit is at or after S of the key's session,
//
// because what was committed before is already in the row that the session read.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/log_client.h"
#include "sources/kinds/postgres/events/event_position.h"
#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {

inline constexpr const char* kProgressTopic = "daybook.sources";

struct SnapshotSession {
  Lsn at;                                // S_k
  std::map<PartitionId, KeyText> after;  // a partition that is missing held nothing yet
  friend bool operator==(const SnapshotSession&, const SnapshotSession&) = default;
};

struct TableProgress {
  std::string topic;
  std::int32_t partitions = 1;
  std::vector<SnapshotSession> sessions;  // S_k grows
  bool complete = false;                  // streaming has begun, or may begin
  friend bool operator==(const TableProgress&, const TableProgress&) = default;
};

struct Progress {
  std::string system;  // the server's identifier
  std::string slot;
  std::map<TableName, TableProgress> tables;
  friend bool operator==(const Progress&, const Progress&) = default;
};

std::string to_json(const Progress& progress);
Result<Progress> progress_from_json(std::string_view json);  // kCorrupt

Result<std::optional<Progress>> load_progress(client::LogClient& log, const std::string& source);
// Acknowledged by the log on success.
Status save_progress(client::LogClient& log, const std::string& source, const Progress& progress);

}  // namespace daybook::sources::postgres

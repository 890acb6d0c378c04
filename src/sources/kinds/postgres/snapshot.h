// The rows that were there before the stream: reads every table whose snapshot is not complete, in
// the order of its primary key, in chunks, all as of one exact point of the write-ahead log, and
// writes them as events `r`. Interrupted, it goes on after the last key in the log, at a new point;
// progress.h says why that loses and repeats nothing.

#pragma once

#include <map>
#include <memory>
#include <stop_token>

#include "sources/kinds/postgres/outlet.h"
#include "sources/kinds/postgres/progress.h"

namespace daybook::sources::postgres {

using Outflows = std::map<TableName, std::unique_ptr<Outflow>>;
using LastPositions = std::map<std::string, TopicPositions>;  // by topic

struct SnapshotWork {
  const PostgresConfig& config;
  client::LogClient& log;
  const io::Clock& clock;
  StatusBoard& board;
  Outlet& outlet;
  Outflows& flows;
  const LastPositions& last;  // in the log, when this began
  Progress& progress;         // kept up to date, and saved
};

// On success every table of `flows` is complete.
Status take_snapshots(const SnapshotWork& work, std::stop_token stop);

}  // namespace daybook::sources::postgres

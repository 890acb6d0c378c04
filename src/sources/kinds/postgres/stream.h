// The changes, as they are committed: follows the slot's stream and writes each change as an event,
// one transaction after the other, in commit order.
//
// The slot is told to forget only what the log has acknowledged. Whatever ends the stream, the next
// one begins again at what the slot remembers, and the Outlet leaves out what is in the log.

#pragma once

#include <stop_token>

#include "sources/kinds/postgres/server.h"
#include "sources/kinds/postgres/snapshot.h"

namespace daybook::sources::postgres {

struct StreamWork {
  const PostgresConfig& config;
  client::LogClient& log;
  const io::Clock& clock;
  StatusBoard& board;
  Outlet& outlet;
  Outflows& flows;
  const Progress& progress;
  Connection& sql;  // for what the stream does not tell
};

// Returns only with an error: kCancelled when asked to stop.
Status follow_stream(const StreamWork& work, Lsn from, std::stop_token stop);

}  // namespace daybook::sources::postgres

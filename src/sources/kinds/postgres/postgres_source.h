// The PostgreSQL source: checks the server, takes the snapshots that are missing, then follows the
// stream; when the server or the log goes away it waits and begins again, exactly where the log
// ends. docs/capture.md has the argument for exactly once.

#pragma once

#include <memory>
#include <stop_token>

#include "client/log_client.h"
#include "io/clock.h"
#include "sources/kinds/postgres/postgres_config.h"

namespace daybook::sources::postgres {

std::unique_ptr<Source> make_postgres_source(PostgresConfig config, client::LogClient& log,
                                             const io::Clock& clock);

}  // namespace daybook::sources::postgres

// The GivenChanges of this kind: keeps the rows that the tables would have, so that a change need
// only name its row, and writes its events through the Outlet, as a capture with REPLICA IDENTITY
// FULL.

#pragma once

#include <memory>
#include <vector>

#include "client/log_client.h"
#include "sources/given_changes.h"
#include "sources/kinds/postgres/given/given_table.h"
#include "sources/kinds/postgres/postgres_config.h"

namespace daybook::sources::postgres {

// `config` and `log` must outlive it.
std::unique_ptr<GivenChanges> make_given_changes(const PostgresConfig& config,
                                                 client::LogClient& log);

}  // namespace daybook::sources::postgres

// How the commands reach a log.

#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "client/group_admin.h"
#include "client/log_client.h"

namespace daybook::cli {

inline constexpr const char* kDefaultBootstrap = "127.0.0.1:9092";

// A client of the log at `bootstrap` whose requests fail within seconds. Connects to nothing yet.
Result<std::unique_ptr<client::LogClient>> connect_log(const std::string& bootstrap);

// The same for the log's consumer groups.
Result<std::unique_ptr<client::GroupAdmin>> connect_groups(const std::string& bootstrap);

// The error as the user should see it: if nobody answered, with what to do about that.
Error explain_unreachable(Error error, const std::string& bootstrap);

}  // namespace daybook::cli

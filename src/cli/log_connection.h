// How the commands reach a log.

#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "client/group_admin.h"
#include "client/log_client.h"

namespace daybook::cli {

inline constexpr const char* kDefaultBootstrap = "127.0.0.1:9092";

// A client of the log at `bootstrap`. If nobody answers there within seconds, the error says what
// to do about that; a request to a log that is there may take a minute, as with Kafka's own tools.
Result<std::unique_ptr<client::LogClient>> connect_log(const std::string& bootstrap);

// The same for the consumer groups of a log that was reached.
Result<std::unique_ptr<client::GroupAdmin>> connect_groups(const std::string& bootstrap);

}  // namespace daybook::cli

// How the commands reach a log.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/command_line.h"
#include "client/group_admin.h"
#include "client/log_client.h"

namespace daybook::cli {

inline constexpr const char* kDefaultBootstrap = "127.0.0.1:9092";

inline constexpr std::chrono::milliseconds kSoon{5'000};

// --bootstrap, which fills `bootstrap` and shows what it holds now.
void add_bootstrap(Command command, std::string& bootstrap);

// A client of the log at `bootstrap`, each of whose requests may take `request_timeout`. If nobody
// answers there soon, the error says what to do about that.
Result<std::unique_ptr<client::LogClient>> connect_log(
    const std::string& bootstrap, std::chrono::milliseconds request_timeout = kSoon);

// The same for the consumer groups of a log that was reached.
Result<std::unique_ptr<client::GroupAdmin>> connect_groups(const std::string& bootstrap);

}  // namespace daybook::cli

// What the commands share that ask a server's HTTP API and print its JSON.

#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/api_client.h"
#include "cli/commands.h"

namespace daybook::cli {

struct ApiArguments {
  std::string server = kDefaultServer;
  bool json = false;
};

using ApiOperation = std::function<Status(ApiClient&)>;

// Adds the command, with --server and --json. `server` outlives the parsing: it is kept by the
// operation's owner.
Command add_api_command(Command group, const std::shared_ptr<ApiArguments>& server,
                        const char* name, const char* about, const char* examples,
                        ApiOperation operation);

// On one line.
std::string dumped(const Json& json);
// A JSON value as it stands in a table; the second: a member, or nothing.
std::string cell(const Json& value);
std::string field(const Json& object, const char* name);
// Of a processor or a view, a version of it included, that says how many events it is behind.
std::string lag(const Json& part);

}  // namespace daybook::cli

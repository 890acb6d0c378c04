// What the commands of `daybook view` share: they ask a server's HTTP API and print its JSON.

#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/api_client.h"
#include "cli/commands.h"

namespace daybook::cli {

struct ViewServer {
  std::string server = kDefaultServer;
  bool json = false;
};

using ViewOperation = std::function<Status(ApiClient&)>;

// Adds the command, with --server and --json. `server` outlives the parsing: it is kept by the
// operation's owner.
Command add_view_command(Command group, std::shared_ptr<ViewServer> server, const char* name,
                         const char* about, const char* examples, ViewOperation operation);

// On one line.
std::string dumped(const Json& json);
// A JSON value as it stands in a table; the second: a member, or nothing.
std::string cell(const Json& value);
std::string field(const Json& object, const char* name);

void add_view_explain_command(Command group);

// rebuild, diff, swap, rollback, drop.
void add_view_version_commands(Command group);

}  // namespace daybook::cli

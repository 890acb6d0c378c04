// What the commands of `daybook view` share: they ask a server's HTTP API and print its JSON.

#pragma once

#include <CLI/CLI.hpp>
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
CLI::App* add_view_command(CLI::App& group, Session& session, std::shared_ptr<ViewServer> server,
                           const char* name, const char* about, const char* examples,
                           ViewOperation operation);

// On one line.
std::string dumped(const Json& json);
// A JSON value as it stands in a table; the second: a member, or nothing.
std::string cell(const Json& value);
std::string field(const Json& object, const char* name);

void add_view_explain_command(CLI::App& group, Session& session);

// rebuild, diff, swap, rollback, drop.
void add_view_version_commands(CLI::App& group, Session& session);

}  // namespace daybook::cli

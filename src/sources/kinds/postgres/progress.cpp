#include "sources/kinds/postgres/progress.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/latest_value.h"

namespace daybook::sources::postgres {
namespace {

using Json = nlohmann::json;

Json json_of(const SnapshotSession& session) {
  Json after = Json::object();
  for (const auto& [partition, key] : session.after) after[std::to_string(partition.value)] = key;
  return {{"at", to_string(session.at)}, {"after", std::move(after)}};
}

Json json_of(const TableName& name, const TableProgress& table) {
  Json sessions = Json::array();
  for (const auto& session : table.sessions) sessions.push_back(json_of(session));
  return {{"schema", name.schema},      {"table", name.table},
          {"topic", table.topic},       {"partitions", table.partitions},
          {"complete", table.complete}, {"sessions", std::move(sessions)}};
}

SnapshotSession session_from(const Json& json) {
  SnapshotSession session{parse_lsn(json.at("at").get<std::string>()).value(), {}};
  for (const auto& [partition, key] : json.at("after").items()) {
    session.after[PartitionId{std::stoi(partition)}] = key.get<KeyText>();
  }
  return session;
}

Progress progress_from(const Json& json) {
  Progress progress{json.at("system").get<std::string>(), json.at("slot").get<std::string>(), {}};
  for (const auto& table : json.at("tables")) {
    auto& entry =
        progress
            .tables[{table.at("schema").get<std::string>(), table.at("table").get<std::string>()}];
    entry.topic = table.at("topic").get<std::string>();
    entry.partitions = table.at("partitions").get<std::int32_t>();
    entry.complete = table.at("complete").get<bool>();
    for (const auto& session : table.at("sessions")) {
      entry.sessions.push_back(session_from(session));
    }
  }
  return progress;
}

}  // namespace

std::string to_json(const Progress& progress) {
  Json tables = Json::array();
  for (const auto& [name, table] : progress.tables) tables.push_back(json_of(name, table));
  const Json json = {
      {"system", progress.system}, {"slot", progress.slot}, {"tables", std::move(tables)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Progress> progress_from_json(std::string_view json) {
  try {
    return progress_from(Json::parse(json));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, fmt::format("a record of topic {} cannot be read: {}",
                                                 kProgressTopic, error.what()));
  }
}

Result<std::optional<Progress>> load_progress(client::LogClient& log, const std::string& source) {
  DAYBOOK_TRY(const auto latest, client::find_latest(log, kProgressTopic, source));
  if (!latest) return std::nullopt;
  auto progress = progress_from_json(*latest);
  if (!progress) return fail(std::move(progress).error(), fmt::format("source '{}'", source));
  return std::optional(std::move(*progress));
}

Status save_progress(client::LogClient& log, const std::string& source, const Progress& progress) {
  return client::put_latest(log, kProgressTopic, source, to_json(progress));
}

}  // namespace daybook::sources::postgres

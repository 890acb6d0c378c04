#include "views/view_file.h"

#include <nlohmann/json.hpp>

namespace daybook::views {
namespace {

using nlohmann::json;

// "DayB": what `file` and sqlite3's .dbinfo show.
constexpr int kApplicationId = 0x44617942;

std::string columns_text(const std::vector<ResultColumn>& columns) {
  json out = json::array();
  for (const auto& column : columns) {
    out.push_back({{"name", column.name}, {"type", column.type}, {"key", column.is_key}});
  }
  return out.dump();
}

Result<std::vector<ResultColumn>> columns_from(std::string_view text, const std::string& path) {
  std::vector<ResultColumn> columns;
  try {
    for (const auto& column : json::parse(text)) {
      columns.push_back({column.at("name"), column.at("type"), column.at("key")});
    }
  } catch (const json::exception& error) {
    return fail(ErrorCode::kCorrupt,
                path + ": the columns in daybook_view are not readable: " + error.what());
  }
  return columns;
}

}  // namespace

Status create_info(sqlite::Database& database, const ViewFileInfo& info) {
  DAYBOOK_TRY_VOID(database.execute(
      "PRAGMA application_id = " + std::to_string(kApplicationId) +
      ";PRAGMA user_version = " + std::to_string(kViewFormat) +
      ";CREATE TABLE daybook_view (name TEXT, version INTEGER, ready INTEGER, rows INTEGER, "
      "fingerprint TEXT, columns TEXT, definition TEXT);"
      "CREATE TABLE daybook_position (topic TEXT, partition INTEGER, offset INTEGER, "
      "time INTEGER, PRIMARY KEY (topic, partition)) WITHOUT ROWID;"));
  DAYBOOK_TRY(auto insert,
              database.prepare("INSERT INTO daybook_view VALUES (?, ?, ?, 0, ?, ?, ?)"));
  const auto columns = columns_text(info.columns);
  insert.bind(0, std::string_view(info.name));
  insert.bind(1, static_cast<std::int64_t>(info.version));
  insert.bind(2, static_cast<std::int64_t>(info.is_ready));
  insert.bind(3, std::string_view(info.fingerprint));
  insert.bind(4, std::string_view(columns));
  insert.bind(5, std::string_view(info.definition));
  return insert.run();
}

Result<int> read_format(sqlite::Database& database) {
  DAYBOOK_TRY(auto format, database.prepare("PRAGMA user_version"));
  DAYBOOK_TRY(const bool has_format, format.step());
  return has_format ? static_cast<int>(format.integer(0)) : 0;
}

Result<ViewFileInfo> read_info(sqlite::Database& database) {
  DAYBOOK_TRY(const auto format, read_format(database));
  if (format > kViewFormat) {
    return fail(ErrorCode::kUnsupported, database.path() + " has format " + std::to_string(format) +
                                             ", newer than " + std::to_string(kViewFormat) +
                                             ": use a newer daybook");
  }
  constexpr int kFirstWithDefinition = 2;
  const bool has_definition = format >= kFirstWithDefinition;
  auto select =
      database.prepare("SELECT name, version, ready, fingerprint, columns, " +
                       std::string(has_definition ? "definition" : "''") + " FROM daybook_view");
  if (!select) {
    if (select.error().code != ErrorCode::kInvalid) return std::unexpected(select.error());
    return fail(ErrorCode::kCorrupt, database.path() +
                                         " is not a view's file: it has no table "
                                         "daybook_view; move it away and the view is built anew");
  }
  DAYBOOK_TRY(const bool has_row, select->step());
  if (!has_row) return fail(ErrorCode::kCorrupt, database.path() + ": daybook_view is empty");
  ViewFileInfo info;
  info.name = select->text(0);
  info.version = static_cast<int>(select->integer(1));
  info.is_ready = select->integer(2) != 0;
  info.fingerprint = select->text(3);
  info.definition = select->text(5);
  DAYBOOK_TRY(info.columns, columns_from(select->text(4), database.path()));
  return info;
}

Result<std::int64_t> read_row_count(sqlite::Database& database) {
  DAYBOOK_TRY(auto select, database.prepare("SELECT rows FROM daybook_view"));
  DAYBOOK_TRY(const bool has_row, select.step());
  return has_row ? select.integer(0) : 0;
}

Result<client::Position> read_position(sqlite::Database& database, const std::string& schema) {
  DAYBOOK_TRY(auto select, database.prepare("SELECT topic, partition, offset FROM " + schema +
                                            ".daybook_position"));
  client::Position position;
  while (true) {
    DAYBOOK_TRY(const bool has_row, select.step());
    if (!has_row) return position;
    position[{std::string(select.text(0)),
              PartitionId{static_cast<std::int32_t>(select.integer(1))}}] =
        Offset{select.integer(2)};
  }
}

Result<EventTimes> read_event_times(sqlite::Database& database) {
  DAYBOOK_TRY(auto select, database.prepare("SELECT topic, partition, time FROM daybook_position"));
  EventTimes times;
  while (true) {
    DAYBOOK_TRY(const bool has_row, select.step());
    if (!has_row) return times;
    times[{std::string(select.text(0)),
           PartitionId{static_cast<std::int32_t>(select.integer(1))}}] = select.integer(2);
  }
}

std::string version_path(const std::string& folder, int version) {
  return folder + "/v" + std::to_string(version) + ".db";
}

}  // namespace daybook::views

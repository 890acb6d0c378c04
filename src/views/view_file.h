// What every view's SQLite file says about itself, whatever its kind: name, version, columns, the
// definition that it was built from, and the position that its rows are the result of.
// docs/formats/view.md.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "views/answer.h"
#include "views/sqlite/database.h"

namespace daybook::views {

inline constexpr int kViewFormat = 3;

struct ViewFileInfo {
  std::string name;
  int version = 0;
  bool is_ready = false;  // it has caught up with the log once
  std::string fingerprint;
  std::string definition;  // as life/definition.h writes it; empty in files of format 1
  std::vector<ResultColumn> columns;
};

// The largest timestamp that was applied, by partition: the events' order goes on from it.
using EventTimes = std::map<client::TopicPartition, std::int64_t>;

// The tables that describe the file; inside the caller's transaction.
Status create_info(sqlite::Database& database, const ViewFileInfo& info);
Result<int> read_format(sqlite::Database& database);
// kCorrupt if it is no view's file, kUnsupported if it is of a newer format.
Result<ViewFileInfo> read_info(sqlite::Database& database);

Result<std::int64_t> read_row_count(sqlite::Database& database);
// `schema`: of the file, where others are attached.
Result<client::Position> read_position(sqlite::Database& database,
                                       const std::string& schema = "main");
Result<EventTimes> read_event_times(sqlite::Database& database);

// v<N>.db in the view's folder.
std::string version_path(const std::string& folder, int version);

}  // namespace daybook::views

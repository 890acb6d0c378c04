#include "sources/kinds/postgres/snapshot.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "sources/kinds/postgres/protocol/copy_line.h"
#include "sources/kinds/postgres/server.h"
#include "sources/kinds/postgres/session_filter.h"

namespace daybook::sources::postgres {
namespace {

// A partition, and the last key that an earlier session left in it.
struct Resumption {
  PartitionId partition;
  KeyText after;
};

// One table of one session.
class TableReader {
 public:
  TableReader(const SnapshotWork& work, Outflow& flow, const SnapshotSession& session,
              Connection& connection)
      : work_(work), flow_(flow), session_(session), connection_(connection) {
    origin_.lsn = origin_.commit = session.at;
    origin_.time_us = origin_.captured_us = work.clock.wall().value * kMicrosPerMs;
  }

  // On success the rows are acknowledged.
  Status run(std::stop_token stop) {
    DAYBOOK_TRY(const auto resumptions, ordered_resumptions());
    // A partition takes rows once the reading has passed its last key. One that held nothing takes
    // them from the beginning; if all hold something, nothing needs to be read before the least.
    open_.assign(static_cast<std::size_t>(flow_.table.partitions), true);
    for (const auto& resumption : resumptions) open(resumption.partition, false);
    const bool all_hold = resumptions.size() == open_.size();
    for (const auto& resumption : resumptions) {
      const bool nothing_open = std::ranges::find(open_, true) == open_.end();
      if (!(all_hold && nothing_open)) DAYBOOK_TRY_VOID(read_until(&resumption.after, stop));
      open(resumption.partition, true);
      cursor_ = resumption.after;
    }
    DAYBOOK_TRY_VOID(read_until(nullptr, stop));
    return flush(stop);
  }

 private:
  void open(PartitionId partition, bool takes) {
    open_.at(static_cast<std::size_t>(partition.value)) = takes;
  }

  // By key, as the server orders them.
  Result<std::vector<Resumption>> ordered_resumptions() {
    std::vector<Resumption> result;
    if (session_.after.empty()) return result;
    std::string values;
    for (const auto& [partition, key] : session_.after) {
      values += fmt::format("{}({}", values.empty() ? "" : ", ", partition.value);
      for (const auto& literal : key_literals(flow_.table, key)) values += ", " + literal;
      values += ")";
    }
    std::string order;
    std::string columns = "p";
    for (std::size_t i = 0; i < flow_.table.key.size(); ++i) {
      order += fmt::format("{}k{}", order.empty() ? "" : ", ", i);
      columns += fmt::format(", k{}", i);
    }
    DAYBOOK_TRY(const auto rows,
                connection_.query(fmt::format("SELECT p FROM (VALUES {}) AS v({}) ORDER BY {}",
                                              values, columns, order)));
    for (const auto& row : rows) {
      const PartitionId partition{std::stoi(row.at(0).value())};
      result.push_back({partition, session_.after.at(partition)});
    }
    return result;
  }

  // Reads from after the cursor up to and including `last`, or to the end.
  Status read_until(const KeyText* last, std::stop_token stop) {
    const auto chunk_rows = work_.config.snapshot_chunk_rows;
    for (std::size_t rows = chunk_rows; rows == chunk_rows;) {
      if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
      rows = 0;
      const auto sql = chunk_sql(last);
      DAYBOOK_TRY_VOID(connection_.copy_out(sql, [&](std::string_view line) {
        ++rows;
        return take(line, stop);
      }));
    }
    return {};
  }

  std::string chunk_sql(const KeyText* last) const {
    const auto& table = flow_.table;
    std::string columns;
    for (const auto& column : table.columns) {
      columns += (columns.empty() ? "" : ", ") + quote_name(column.name);
    }
    std::vector<std::string> key;
    for (const auto& part : table.key) key.push_back(quote_name(table.columns[part.column].name));
    std::string where;
    if (cursor_) {
      where = " WHERE " + compare_keys(table, key, ">", key_literals(table, *cursor_));
    }
    if (last != nullptr) {
      where += where.empty() ? " WHERE " : " AND ";
      where += compare_keys(table, key, "<=", key_literals(table, *last));
    }
    return fmt::format("COPY (SELECT {} FROM ONLY {}{} ORDER BY {} LIMIT {}) TO STDOUT", columns,
                       quoted(table.name), where, fmt::join(key, ", "),
                       work_.config.snapshot_chunk_rows);
  }

  Status take(std::string_view line, const std::stop_token& stop) {
    if (work_.outlet.is_full()) DAYBOOK_TRY_VOID(flush(stop));
    DAYBOOK_TRY_VOID(parse_copy_line(line, flow_.table.columns.size(), memory_, row_));
    cursor_.emplace();
    for (const auto& part : flow_.table.key) cursor_->emplace_back(row_[part.column].text);
    const auto partition = work_.outlet.partition_of(flow_, row_);
    if (!open_[static_cast<std::size_t>(partition.value)]) return {};
    return work_.outlet.write_row(flow_, row_, origin_);
  }

  Status flush(const std::stop_token& stop) {
    DAYBOOK_TRY_VOID(work_.outlet.flush(stop, [] { return Status{}; }));
    work_.board.enter(SourceState::kSnapshotting);
    return {};
  }

  const SnapshotWork& work_;
  Outflow& flow_;
  const SnapshotSession& session_;
  Connection& connection_;
  Origin origin_;
  std::vector<bool> open_;
  std::optional<KeyText> cursor_;  // the last key that was read
  std::string memory_;
  Tuple row_;
};

Result<std::unique_ptr<Connection>> open_at_exact_point(const SnapshotWork& work, Lsn& at,
                                                        std::stop_token stop) {
  DAYBOOK_TRY(const auto replication, open_replication(work.config, stop));
  // The temporary slot of an attempt that was killed may live on for a moment: another name.
  const auto name = fmt::format("{}_{}", work.config.slot.substr(0, 40), work.clock.wall().value);
  DAYBOOK_TRY(const auto exported, export_snapshot(*replication, name));
  at = exported.at;
  DAYBOOK_TRY(auto reading, Connection::open(work.config.dsn, ConnectionUse::kSql, stop));
  DAYBOOK_TRY_VOID(reading->execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  DAYBOOK_TRY_VOID(
      reading->execute(fmt::format("SET TRANSACTION SNAPSHOT {}", quote_text(exported.name))));
  return reading;
}

// The session of a table that begins now, after the rows that the log already holds.
Status begin_session(const SnapshotWork& work, const TableName& name, Lsn at) {
  SnapshotSession session{at, {}};
  const auto& last = work.last.at(work.flows.at(name)->table.topic);
  for (std::size_t p = 0; p < last.size(); ++p) {
    if (!last[p]) continue;
    const auto* row = std::get_if<SnapshotPosition>(&*last[p]);
    if (row == nullptr || row->key.size() != work.flows.at(name)->table.key.size()) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("topic '{}' holds events of table {} that its snapshot, which is not "
                              "complete, did not write: delete the topic to begin anew",
                              work.flows.at(name)->table.topic, name.text()));
    }
    session.after[PartitionId{static_cast<std::int32_t>(p)}] = row->key;
  }
  auto& sessions = work.progress.tables[name].sessions;
  // A session that wrote nothing gives its place to this one.
  if (!sessions.empty() && sessions.back().after == session.after) sessions.pop_back();
  sessions.push_back(std::move(session));
  return {};
}

}  // namespace

Status take_snapshots(const SnapshotWork& work, std::stop_token stop) {
  std::vector<TableName> unfinished;
  for (const auto& [name, flow] : work.flows) {
    if (!work.progress.tables[name].complete) unfinished.push_back(name);
  }
  if (unfinished.empty()) return {};
  Lsn at;
  DAYBOOK_TRY(const auto connection, open_at_exact_point(work, at, stop));
  for (const auto& name : unfinished) DAYBOOK_TRY_VOID(begin_session(work, name, at));
  DAYBOOK_TRY_VOID(save_progress(work.log, work.config.source, work.progress));

  for (const auto& name : unfinished) {
    auto& progress = work.progress.tables[name];
    TableReader reader(work, *work.flows.at(name), progress.sessions.back(), *connection);
    DAYBOOK_TRY_VOID(reader.run(stop));
    progress.complete = true;
    DAYBOOK_TRY_VOID(save_progress(work.log, work.config.source, work.progress));
  }
  return {};
}

}  // namespace daybook::sources::postgres

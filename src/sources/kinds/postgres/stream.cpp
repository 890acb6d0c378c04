#include "sources/kinds/postgres/stream.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/units.h"
#include "client/schema.h"
#include "sources/kinds/postgres/row_change.h"
#include "sources/kinds/postgres/session_filter.h"

namespace daybook::sources::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The slot is told at least this often; PostgreSQL ends a stream that is silent for 60 s.
constexpr milliseconds kProgressInterval{1'000};
constexpr milliseconds kIdleWait{200};

class Follower {
 public:
  Follower(const StreamWork& work, std::stop_token stop) : work_(work), stop_(std::move(stop)) {}

  Status run(Lsn from) {
    durable_ = applied_ = from;
    DAYBOOK_TRY(schemas_, client::find_schemas(work_.log));
    DAYBOOK_TRY(stream_, open_replication(work_.config, stop_));
    DAYBOOK_TRY_VOID(stream_->start_replication(work_.config.slot, work_.config.publication, from));
    work_.board.enter(SourceState::kStreaming);
    next_progress_ = steady_clock::now();
    while (true) {
      // With something unacknowledged, the first pause of the stream is used to make sure of it.
      const bool pending = work_.outlet.unacknowledged() > 0;
      DAYBOOK_TRY(const auto received, stream_->receive(pending ? milliseconds(0) : kIdleWait));
      if (received) {
        DAYBOOK_TRY_VOID(take(*received));
      } else if (pending) {
        DAYBOOK_TRY_VOID(make_durable());
      }
      DAYBOOK_TRY_VOID(tell_progress_if_due());
    }
  }

 private:
  Status take(const StreamedBytes& received) {
    server_end_ = std::max(server_end_, received.server_end);
    if (received.message.empty()) {
      // The server has read its log up to here and had nothing more for us.
      if (!in_transaction_) applied_ = std::max(applied_, received.at);
      if (received.reply_wanted) next_progress_ = steady_clock::now();
      return {};
    }
    DAYBOOK_TRY_VOID(parse_message(as_bytes(received.message), message_));
    origin_.lsn = received.at;
    return apply();
  }

  Status apply() {
    switch (message_.kind) {
      case MessageKind::kBegin:
        in_transaction_ = true;
        origin_.commit = message_.commit_lsn;
        origin_.transaction = message_.transaction;
        origin_.time_us = unix_micros(message_.commit_time);
        origin_.captured_us = work_.clock.wall().value * kMicrosPerMs;
        return {};
      case MessageKind::kCommit:
        in_transaction_ = false;
        applied_ = std::max(applied_, message_.end_lsn);
        return {};
      case MessageKind::kRelation:
        return apply_relation();
      case MessageKind::kInsert:
      case MessageKind::kUpdate:
      case MessageKind::kDelete:
        return apply_row();
      case MessageKind::kTruncate:
        return apply_truncate();
      case MessageKind::kIgnored:
        return {};
    }
    return {};
  }

  // Null for a table that is published but not ours.
  Outflow* flow_of(std::uint32_t relation) const {
    const auto found = by_relation_.find(relation);
    return found == by_relation_.end() ? nullptr : found->second;
  }

  Status apply_relation() {
    const TableName name{std::string(message_.schema), std::string(message_.table)};
    const auto found = work_.flows.find(name);
    if (found == work_.flows.end()) return check_not_renamed(name);
    auto& flow = *found->second;
    DAYBOOK_TRY(auto table,
                table_of_relation(work_.sql, message_, flow.table, work_.config.decimals));
    auto changed = std::make_unique<Outflow>(std::move(table), work_.config, work_.sql.database());
    const auto schema = schema_of(changed->table);
    const auto& topic = changed->table.topic;
    if (const auto known = schemas_.find(topic);
        known == schemas_.end() || known->second != schema) {
      DAYBOOK_TRY_VOID(client::publish_schema(work_.log, topic, schema));
      schemas_[topic] = schema;
    }
    changed->written = std::move(flow.written);
    changed->transaction = flow.transaction;
    changed->changes = flow.changes;
    std::erase_if(by_relation_, [&](const auto& entry) { return entry.second == &flow; });
    found->second = std::move(changed);
    by_relation_[message_.relation] = found->second.get();
    return {};
  }

  // A table that is not captured, unless it was until it got this name.
  Status check_not_renamed(const TableName& name) const {
    for (const auto& [captured, flow] : work_.flows) {
      if (flow->table.id != message_.relation) continue;
      return fail(ErrorCode::kInvalid,
                  fmt::format("table {} was renamed to {}, which is not captured, and changed "
                              "since. Capture it anew under another source name and topic",
                              captured.text(), name.text()));
    }
    return {};
  }

  // Numbers the change among those of its table in this transaction.
  void count_change(Outflow& flow) const {
    flow.changes = flow.transaction == origin_.commit ? flow.changes + 1 : 0;
    flow.transaction = origin_.commit;
  }

  Result<bool> admits(Outflow& flow, const Tuple& row) {
    const auto& progress = work_.progress.tables.at(flow.table.name);
    if (origin_.commit >= progress.sessions.back().at) return true;
    SessionFilter filter(flow.table, progress, work_.sql);
    return filter.admits(origin_.commit, work_.outlet.partition_of(flow, row), row);
  }

  Status apply_row() {
    Outflow* const flow = flow_of(message_.relation);
    if (flow == nullptr) return {};
    count_change(*flow);
    DAYBOOK_TRY_VOID(check_tuples(*flow));
    switch (message_.kind) {
      case MessageKind::kInsert:
        return write(*flow, 'c', 0, nullptr, &message_.after);
      case MessageKind::kDelete:
        return write(*flow, 'd', 0, &message_.before, nullptr);
      default:
        break;
    }
    for (std::size_t i = 0; i < message_.after.size(); ++i) {
      if (message_.after[i].kind == FieldKind::kUnchanged) message_.after[i] = message_.before[i];
    }
    return write_update(flow->table, message_.before, message_.after,
                        [&](char op, std::uint32_t part, const Tuple* before, const Tuple* after) {
                          return write(*flow, op, part, before, after);
                        });
  }

  Status write(Outflow& flow, char op, std::uint32_t part, const Tuple* before,
               const Tuple* after) {
    DAYBOOK_TRY(const bool admitted, admits(flow, op == 'd' ? *before : *after));
    if (!admitted) return {};
    return work_.outlet.write_change(flow, op, part, before, after, origin_);
  }

  Status check_tuples(const Outflow& flow) const {
    const bool has_before = message_.kind != MessageKind::kInsert;
    const bool has_after = message_.kind != MessageKind::kDelete;
    if (has_before && message_.old != OldTuple::kFull) {
      return fail(
          ErrorCode::kInvalid,
          fmt::format("table {}: a change at {} came without the row before, because its "
                      "replica identity was no longer FULL; the change cannot be captured. "
                      "Run ALTER TABLE {} REPLICA IDENTITY FULL and capture the table anew "
                      "under another source name and topic",
                      flow.table.name.text(), to_string(origin_.lsn), quoted(flow.table.name)));
    }
    const auto columns = flow.table.columns.size();
    if ((has_before && message_.before.size() != columns) ||
        (has_after && message_.after.size() != columns)) {
      return fail(ErrorCode::kCorrupt,
                  fmt::format("table {}: a change at {} does not have the {} columns that the "
                              "stream announced",
                              flow.table.name.text(), to_string(origin_.lsn), columns));
    }
    return {};
  }

  Status apply_truncate() {
    for (const auto relation : message_.relations) {
      Outflow* const flow = flow_of(relation);
      if (flow == nullptr) continue;
      count_change(*flow);
      const auto& sessions = work_.progress.tables.at(flow->table.name).sessions;
      if (origin_.commit < sessions.front().at) continue;
      if (origin_.commit < sessions.back().at) return truncated_in_between(*flow);
      DAYBOOK_TRY_VOID(work_.outlet.write_truncate(*flow, origin_));
    }
    return {};
  }

  // An event `t` here would come after rows of the later session, which are still there.
  std::unexpected<Error> truncated_in_between(const Outflow& flow) const {
    return fail(ErrorCode::kUnsupported,
                fmt::format("table {} was truncated at {}, while its snapshot was interrupted; the "
                            "rows read before that cannot be told from those read after. Capture "
                            "it anew under another source name and topic",
                            flow.table.name.text(), to_string(origin_.commit)));
  }

  Status make_durable() {
    // A transaction that is half written is made sure of too, but does not move the slot.
    DAYBOOK_TRY_VOID(
        work_.outlet.flush(stop_, [this] { return stream_->send_progress(durable_); }));
    work_.board.enter(SourceState::kStreaming);
    return {};
  }

  Status tell_progress_if_due() {
    const auto now = steady_clock::now();
    if (work_.outlet.is_full()) DAYBOOK_TRY_VOID(make_durable());
    if (now < next_progress_) return {};
    if (work_.outlet.unacknowledged() > 0) DAYBOOK_TRY_VOID(make_durable());
    durable_ = applied_;
    work_.board.set_lag(server_end_.value > durable_.value ? server_end_.value - durable_.value
                                                           : 0);
    next_progress_ = now + kProgressInterval;
    return stream_->send_progress(durable_);
  }

  const StreamWork& work_;
  std::stop_token stop_;
  std::unique_ptr<Connection> stream_;
  std::unordered_map<std::uint32_t, Outflow*> by_relation_;
  std::map<std::string, client::Schema> schemas_;  // as published, by topic
  Message message_;
  Origin origin_;  // of the transaction and change that are being applied
  bool in_transaction_ = false;
  Lsn applied_;     // every transaction that ended before is with the Writer
  Lsn durable_;     // likewise, and acknowledged by the log
  Lsn server_end_;  // of the server's log
  steady_clock::time_point next_progress_;
};

}  // namespace

Status follow_stream(const StreamWork& work, Lsn from, std::stop_token stop) {
  return Follower(work, std::move(stop)).run(from);
}

}  // namespace daybook::sources::postgres

#include "sources/kinds/postgres/postgres_source.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

#include "base/report.h"
#include "client/schema.h"
#include "sources/kinds/postgres/stream.h"

namespace daybook::sources::postgres {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackoff{200};
constexpr milliseconds kLongestBackoff{5'000};

// Whether the source is in order again when whatever failed has come back.
bool mends_itself(const Error& error) {
  return error.retriable() || error.code == ErrorCode::kOutcomeUnknown ||
         error.code == ErrorCode::kIo;
}

class PostgresSource final : public Source {
 public:
  PostgresSource(PostgresConfig config, client::LogClient& log, const io::Clock& clock)
      : config_(std::move(config)),
        log_(log),
        clock_(clock),
        board_(config_.source, "postgres", clock),
        outlet_(config_, log, board_) {}

  SourceStatus status() const override { return board_.get(); }

  Status run(std::stop_token stop) override {
    milliseconds backoff = kFirstBackoff;
    while (true) {
      const auto before = board_.get().events;
      const auto ended = capture(stop);
      if (stop.stop_requested()) {
        board_.enter(SourceState::kStopped);
        return {};
      }
      const Error& error = ended.error();
      const auto line = fmt::format("source {}: {}", config_.source, error.message);
      if (!mends_itself(error)) {
        report(Severity::kError, "sources", line);
        board_.enter(SourceState::kFailed, error.message);
        return ended;
      }
      if (board_.get().events != before) {
        backoff = kFirstBackoff;
        reported_.clear();
      }
      if (reported_ != line) report(Severity::kWarning, "sources", line);
      reported_ = line;
      board_.enter(SourceState::kWaiting, error.message);
      wait(backoff, stop);
      backoff = std::min(backoff * 2, kLongestBackoff);
    }
  }

 private:
  // One attempt: from connecting to whatever ends it.
  Status capture(std::stop_token stop) {
    DAYBOOK_TRY_VOID(outlet_.settle(stop));
    DAYBOOK_TRY(const auto sql, Connection::open(config_.dsn, ConnectionUse::kSql, stop));
    DAYBOOK_TRY_VOID(check_server(*sql));
    DAYBOOK_TRY(const auto stored, load_progress(log_, config_.source));
    DAYBOOK_TRY_VOID(prepare_tables(*sql, stored));
    DAYBOOK_TRY_VOID(ensure_publication(*sql, config_));
    DAYBOOK_TRY_VOID(find_progress(*sql, stored, stop));
    DAYBOOK_TRY(const Lsn from, ensure_slot(*sql));
    if (!std::ranges::all_of(progress_.tables,
                             [](const auto& entry) { return entry.second.complete; })) {
      board_.enter(SourceState::kSnapshotting);
    }
    DAYBOOK_TRY_VOID(
        take_snapshots({config_, log_, clock_, board_, outlet_, flows_, last_, progress_}, stop));
    remember_written();
    return follow_stream({config_, log_, clock_, board_, outlet_, flows_, progress_, *sql}, from,
                         stop);
  }

  // Tables and their topics.
  Status prepare_tables(Connection& sql, const std::optional<Progress>& stored) {
    flows_.clear();
    for (const auto& captured : config_.tables) {
      DAYBOOK_TRY(auto table, load_table(sql, captured, config_));
      auto info = log_.describe_topic(table.topic);
      if (!info && info.error().code == ErrorCode::kNotFound) {
        if (is_complete(stored, captured.name)) return topic_is_gone(table);
        const auto created = log_.create_topic({table.topic, config_.partitions, {}});
        if (!created && created.error().code != ErrorCode::kAlreadyExists) return created;
        info = log_.describe_topic(table.topic);
      }
      if (!info) return std::unexpected(info.error());
      table.partitions = info->partitions;
      flows_[captured.name] = std::make_unique<Outflow>(std::move(table), config_, sql.database());
    }
    return {};
  }

  // Then streaming may have begun; an incomplete snapshot begins anew in a new topic.
  static bool is_complete(const std::optional<Progress>& stored, const TableName& name) {
    if (!stored) return false;
    const auto known = stored->tables.find(name);
    return known != stored->tables.end() && known->second.complete;
  }

  static std::unexpected<Error> topic_is_gone(const Table& table) {
    return fail(ErrorCode::kInvalid,
                fmt::format("topic '{}', which held the events of table {}, is gone; a new one "
                            "would begin in the middle. Capture the table anew under another "
                            "source name and topic",
                            table.topic, table.name.text()));
  }

  // What the log knows of this source: its record, and the last event of each partition.
  Status find_progress(Connection& sql, const std::optional<Progress>& stored,
                       std::stop_token stop) {
    DAYBOOK_TRY(const auto replication, open_replication(config_, stop));
    DAYBOOK_TRY(const auto system, system_identifier(*replication));
    progress_ = stored.value_or(Progress{system, config_.slot, {}});
    if (progress_.system != system || progress_.slot != config_.slot) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("source {} captured system {} by slot {} until now; {} is system {} "
                              "and the slot {}: its positions mean nothing here. Capture it under "
                              "another source name and topics",
                              config_.source, progress_.system, progress_.slot, sql.where(), system,
                              config_.slot));
    }
    std::map<std::string, std::int32_t> topics;
    for (const auto& [name, flow] : flows_) topics[flow->table.topic] = flow->table.partitions;
    DAYBOOK_TRY(last_, last_positions(log_, topics));
    for (const auto& [name, flow] : flows_) DAYBOOK_TRY_VOID(check_known(name, flow->table));
    return {};
  }

  // The topic is the one that the record speaks of, or a new one.
  Status check_known(const TableName& name, const Table& table) {
    const auto known = progress_.tables.find(name);
    if (known == progress_.tables.end()) {
      const bool empty = std::ranges::none_of(last_.at(table.topic),
                                              [](const auto& at) { return at.has_value(); });
      if (!empty) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("topic '{}' already holds events, but {} does not say that source "
                                "{} wrote them: use another topic, or delete this one",
                                table.topic, kProgressTopic, config_.source));
      }
      progress_.tables[name] = {table.topic, table.partitions, {}, false};
      return client::publish_schema(log_, table.topic, schema_of(table));
    }
    if (known->second.topic != table.topic || known->second.partitions != table.partitions) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("table {} was captured into topic '{}' with {} partitions; now it "
                              "would be '{}' with {}: an entity would change its partition. "
                              "Capture it under another source name",
                              name.text(), known->second.topic, known->second.partitions,
                              table.topic, table.partitions));
    }
    return {};
  }

  Result<Lsn> ensure_slot(Connection& sql) {
    DAYBOOK_TRY(auto slot, find_slot(sql, config_.slot));
    if (!slot) {
      const bool begun = std::ranges::any_of(
          progress_.tables, [](const auto& entry) { return !entry.second.sessions.empty(); });
      if (begun) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("slot {} is gone from {}: what was changed since the last event "
                                "cannot be captured any more. Begin anew under another source name "
                                "and topics",
                                config_.slot, sql.where()));
      }
      DAYBOOK_TRY_VOID(create_slot(sql, config_.slot));
      DAYBOOK_TRY(slot, find_slot(sql, config_.slot));
      if (!slot) return fail(ErrorCode::kUnavailable, "the slot vanished as soon as it was made");
    }
    return slot->confirmed;
  }

  void remember_written() {
    for (const auto& [name, flow] : flows_) {
      const auto& last = last_.at(flow->table.topic);
      flow->written.assign(last.size(), std::nullopt);
      for (std::size_t p = 0; p < last.size(); ++p) {
        if (!last[p]) continue;
        if (const auto* streamed = std::get_if<StreamPosition>(&*last[p])) {
          flow->written[p] = *streamed;
        }
      }
    }
  }

  static void wait(milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
  }

  PostgresConfig config_;
  client::LogClient& log_;
  const io::Clock& clock_;
  StatusBoard board_;
  Outlet outlet_;
  Outflows flows_;
  Progress progress_;
  LastPositions last_;
  std::string reported_;  // said once, not at every attempt
};

}  // namespace

std::unique_ptr<Source> make_postgres_source(PostgresConfig config, client::LogClient& log,
                                             const io::Clock& clock) {
  return std::make_unique<PostgresSource>(std::move(config), log, clock);
}

}  // namespace daybook::sources::postgres

// What a processor is told: the topics that it reads, what it computes of each event (in SQL, or by
// asking a program), and the topics that it writes.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/schema.h"

namespace daybook::flow {

struct ProcessorInput {
  std::string alias;  // what the SQL calls it
  std::string topic;
  std::optional<client::Schema> declared;  // used instead of a published one
};

struct ProcessorOutput {
  std::string topic;
  std::string when;  // over the columns of the result; empty: every row
};

// The earlier events that the SQL sees beside each event: those of the same key, in the same
// partition, that are not older than `keep` before the partition's latest time at that event; at
// most the last kMaxHistoryOfKey of them.
struct HistorySpec {
  std::string by;  // an expression over the input's columns
  std::int64_t keep_ms = 0;
};

// Windows of time, over whose events the SQL aggregates (flow/window/).
struct WindowSpec {
  std::string by;             // an expression over the input's columns
  std::int64_t size_ms = 0;   // of a session: the gap after its last event
  std::int64_t every_ms = 0;  // from one's start to the next's; of no meaning for sessions
  std::int64_t late_ms = 0;   // how long one stays open behind its end
  bool is_session = false;
  bool emits_updates = false;  // whenever one changes; otherwise once, when it closes

  // Sessions that have been emitted may become parts of others.
  bool withdraws() const { return is_session && emits_updates; }
};

inline constexpr std::int64_t kMaxWindowMs = std::int64_t{3'660} * 86'400'000;
inline constexpr std::int64_t kMaxWindowsOfEvent = 1'000;
inline constexpr std::size_t kMaxWindowBytes = 512u << 20;  // of one processor, in one process

// A program that is asked about each event instead of SQL (flow/exec/).
struct ExecSpec {
  std::vector<std::string> command;  // the program, found as io::find_program() does, and arguments
  std::string folder;                // that it runs in
  std::vector<client::Column> columns;  // of what it answers; none: whatever it answers is taken
  std::int64_t timeout_ms = 30'000;     // of an answer
  std::size_t max_in_flight = 100;      // events that it is sent before it has answered the first
};

inline constexpr std::int64_t kMaxExecTimeoutMs = 120'000;
inline constexpr std::size_t kMaxExecInFlight = 10'000;
// The columns of the rows that a lookup finds, and which of them it goes by, in order.
struct LookupColumns {
  std::vector<client::Column> columns;
  std::vector<std::string> key;
  friend bool operator==(const LookupColumns&, const LookupColumns&) = default;
};

// A row of a view of the application that the SQL sees beside each event (flow/lookup/).
struct LookupSpec {
  std::string name;  // what the SQL calls the row
  std::string view;
  std::vector<std::string> by;            // expressions, one for each column of the key
  std::optional<LookupColumns> declared;  // if they are known before anything runs
};

inline constexpr std::size_t kMaxLookups = 20;
inline constexpr std::size_t kMaxHistoryOfKey = 10'000;
inline constexpr std::size_t kMaxHistoryBytes = 512u << 20;  // of one processor, in one process
inline constexpr std::size_t kMaxProcessorInputs = 20;
inline constexpr std::size_t kMaxProcessorOutputs = 50;
inline constexpr std::size_t kMaxBatchEvents = 100'000;
inline constexpr std::size_t kDefaultBatchEvents = 50'000;

struct ProcessorSpec {
  std::string name;
  std::vector<ProcessorInput> inputs;
  std::string sql;
  std::vector<ProcessorOutput> outputs;
  std::optional<HistorySpec> history;
  std::optional<WindowSpec> window = {};
  std::optional<ExecSpec> exec;  // then there is no SQL
  std::vector<LookupSpec> lookups = {};
  bool stop_on_error = false;
  std::size_t max_batch_events = kDefaultBatchEvents;  // of one transaction

  // Whether it waits until the columns of its inputs are known.
  bool needs_columns() const { return !exec; }
};

// Who works on a processor. The group is the same in every process; the instance is this one's own,
// and the same when it comes back after a crash: then it takes up its partitions, and ends the
// transaction that it left open, at once.
struct ProcessorIdentity {
  std::string group;
  std::string instance;
};

}  // namespace daybook::flow

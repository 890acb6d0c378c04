// Where the events of a source go out: turns changes of rows into records of the Writer, leaves out
// what the log already holds, and waits for acknowledgement.
//
// What a partition holds is known from its last event (the position in its header); inside a
// partition positions only grow, and the Writer leaves no gap, so everything at or below that
// position is there and everything above it is not.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/log_client.h"
#include "sources/kinds/postgres/events/envelope.h"
#include "sources/kinds/postgres/events/event_position.h"
#include "sources/kinds/postgres/postgres_config.h"
#include "sources/status_board.h"

namespace daybook::sources::postgres {

// The last position in each partition of a topic, by number; nothing for an empty one.
using TopicPositions = std::vector<std::optional<EventPosition>>;

// Of all these topics (name and number of partitions): what the last record says that is still
// there, for compaction may have taken some. kInvalid if it was not written by such a source.
Result<std::map<std::string, TopicPositions>> last_positions(
    client::LogClient& log, const std::map<std::string, std::int32_t>& topics);

// A table on its way out. Not moved: the envelope refers to the table.
struct Outflow {
  Outflow(Table of, const PostgresConfig& config, std::string_view database)
      : table(std::move(of)), envelope(table, config.source, database) {}
  Outflow(const Outflow&) = delete;
  Outflow& operator=(const Outflow&) = delete;

  Table table;
  Envelope envelope;
  std::vector<std::optional<StreamPosition>> written;  // by partition: the last streamed event
  Lsn transaction;                                     // the one that `changes` counts in
  std::uint64_t changes = 0;
};

inline constexpr std::uint64_t kMaxUnacknowledgedEvents = 50'000;
inline constexpr std::uint64_t kMaxUnacknowledgedBytes = 16 << 20;

class Outlet {
 public:
  Outlet(const PostgresConfig& config, client::LogClient& log, StatusBoard& board)
      : config_(config), log_(log), board_(board) {}

  // Makes sure of a Writer that can be used, and that everything given to it before is
  // acknowledged. After this the last positions in the log are the truth.
  Status settle(std::stop_token stop);

  // Waits until everything written is acknowledged, calling `meanwhile` about every second.
  Status flush(std::stop_token stop, const std::function<Status()>& meanwhile);
  std::uint64_t unacknowledged() const { return unacknowledged_; }
  // So much is unacknowledged that it is time to flush: a Writer whose queue is full waits without
  // looking at a stop token.
  bool is_full() const {
    return unacknowledged_ >= kMaxUnacknowledgedEvents ||
           unacknowledged_bytes_ >= kMaxUnacknowledgedBytes;
  }

  // A row of a snapshot.
  Status write_row(Outflow& flow, const Tuple& row, const Origin& origin);
  // A streamed change, unless the log holds it. `part` as StreamPosition says. `op`: c, u or d.
  Status write_change(Outflow& flow, char op, std::uint32_t part, const Tuple* before,
                      const Tuple* after, const Origin& origin);
  // Tells each partition that the table was emptied.
  Status write_truncate(Outflow& flow, const Origin& origin);

  PartitionId partition_of(const Outflow& flow, const Tuple& row);

 private:
  Status write(Outflow& flow, PartitionId partition, bool has_key, bool has_value,
               const Origin& origin);
  bool is_new(Outflow& flow, PartitionId partition, const StreamPosition& position);

  const PostgresConfig& config_;
  client::LogClient& log_;
  StatusBoard& board_;
  std::unique_ptr<client::Writer> writer_;
  std::uint64_t unacknowledged_ = 0;
  std::uint64_t unacknowledged_bytes_ = 0;
  // Of the record that is being made; kept for their memory.
  std::string key_;
  std::string value_;
  std::string position_;
};

}  // namespace daybook::sources::postgres

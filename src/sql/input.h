// What SQL reads: the events of one topic, seen as rows of declared columns.
//
// A plain topic's value is one JSON object: the row. A change topic's value is a change in
// Debezium's envelope: the row before it counts with _sign -1, the row after it with +1.
//
// Beside the declared columns every row has
//   _topic VARCHAR, _partition INTEGER, _offset BIGINT, _timestamp TIMESTAMP, _key VARCHAR,
//   _headers JSON: an object, of the last value under each name
// and, for what is computed with earlier events of the same key (flow/history/): _group
// BIGINT, the event that they are there for, and _new BOOLEAN, whether the row is of that event;
// and, for the folds: _sign TINYINT, and _order BIGINT, which sorts the rows of the batch by event
// time made monotone per partition, then partition, then offset, then _sign. That order does not
// depend on where batches were cut or how partitions were interleaved in them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/column_type.h"

namespace daybook::sql {

// How values of a type are written, where it is not the usual way of the topic.
enum class ValueForm : std::uint8_t {
  kUsual,
  kMillis,    // numbers for times: milliseconds
  kMicros,    // microseconds
  kNanos,     // nanoseconds
  kUnscaled,  // text for a DECIMAL: Kafka Connect's base64
  kScaled,    // an object for a VARCHAR: Debezium's {"scale": 2, "value": base64}, a decimal
};

struct InputColumn {
  std::string name;
  ColumnType type;
  bool is_key = false;  // part of the row's primary key
  ValueForm form = ValueForm::kUsual;
};

struct InputSchema {
  std::string topic;
  bool is_change = false;  // Debezium's envelope
  std::vector<InputColumn> columns;
};

// One event. The views live as long as the fetched batch.
struct InputEvent {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::int64_t clock_ms = 0;  // the largest timestamp_ms of the partition up to this event
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::optional<std::string_view> headers = std::nullopt;  // as a JSON object, if _headers is read
  std::int64_t group = 0;
  bool is_new = true;
};

// The smallest first: DuckDB reads the first column where it only counts rows.
enum class PseudoColumn : std::uint8_t {
  kSign,
  kOrder,
  kPartition,
  kOffset,
  kTimestamp,
  kTopic,
  kKey,
  kHeaders,
  kGroup,
  kNew,
};
inline constexpr std::size_t kPseudoColumns = 10;

// All columns that SQL sees: the pseudo columns in the order above, then the declared ones.
std::vector<InputColumn> visible_columns(const InputSchema& schema);

bool is_pseudo_column(std::string_view name);

}  // namespace daybook::sql

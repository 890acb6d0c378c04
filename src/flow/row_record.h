// From a row of a processor's SQL to the record that it becomes. The columns are the fields of a
// JSON object, but for those whose names begin with _, which say what the record is beside its
// value:
//
//   _key        the key, as text; NULL: none                     otherwise the event's own
//   _timestamp  TIMESTAMP, or milliseconds                       otherwise the event's own
//   _headers    an object of text: {"name": "value"}             otherwise the event's own
//   _partition  a number of a partition                          otherwise by key, or the event's
//   own _value      the value itself; NULL: none, a tombstone        otherwise the object of the
//   columns
//
// One thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "client/schema.h"
#include "sql/engine.h"

namespace daybook::flow {

using Text = std::optional<std::string>;

struct RowRecord {
  std::size_t record = 0;     // of the batch: the event that made it
  std::size_t query = 0;      // of the processor's SELECTs
  std::int64_t order = 0;     // of what it was made of: the row before a change, or after it
  std::uint64_t outputs = 0;  // bit i: it goes to output i
  std::optional<Text> key;    // absent: the event's own, here and below
  std::optional<TimestampMs> timestamp;
  std::optional<std::vector<std::pair<std::string, Text>>> headers;
  std::optional<std::int32_t> partition;
  Text value;

  // As a new one, but for `value`, whose memory RowShape::make() uses again.
  void clear();
};

class RowShape {
 public:
  // `result`: _order, the user's columns, then `conditions` truth values. `name` is in messages.
  // kInvalid if the columns cannot make a record.
  static Result<RowShape> of(const std::vector<sql::ResultColumn>& result, std::size_t conditions);

  // The fields of the value; none if it is made by _value.
  const std::vector<client::Column>& columns() const { return columns_; }
  bool same_columns(const RowShape& other) const;

  // Fills in all but record and query; or says why the row makes no record.
  std::optional<std::string> make(const sql::Rows& rows, std::size_t row, RowRecord& out);

 private:
  struct Field {
    std::size_t column;
    sql::ColumnType type;
    std::string prefix;  // `,"name":`
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::optional<std::string> make_headers(const sql::Rows& rows, std::size_t row, RowRecord& out);
  std::optional<std::string> make_timestamp(const sql::Rows& rows, std::size_t row, RowRecord& out);
  std::optional<std::string> make_partition(const sql::Rows& rows, std::size_t row, RowRecord& out);
  void make_value(const sql::Rows& rows, std::size_t row, RowRecord& out);

  std::vector<sql::ResultColumn> result_;
  std::vector<client::Column> columns_;
  std::vector<Field> fields_;
  std::size_t first_condition_ = 0;
  std::size_t key_ = kNone;
  std::size_t timestamp_ = kNone;
  std::size_t headers_ = kNone;
  std::size_t partition_ = kNone;
  std::size_t value_ = kNone;
  sql::Cell cell_;
};

}  // namespace daybook::flow

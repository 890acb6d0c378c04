// A SELECT over Parquet files as it is sent to a query process (query_pool.h), and what comes back,
// both as bytes. Both ends are the same binary, so that the encoding has no versions: numbers are
// varints, texts and lists have their length in front, and each message has its own length in
// front, 8 bytes, big-endian.
//
// Threads: any; plain values.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/parquet/parquet_reader.h"
#include "views/answer.h"
#include "views/view_reader.h"

namespace daybook::views {

inline constexpr std::size_t kMessageHeadBytes = 8;
// Of a message: an answer, or a job that names many files.
inline constexpr std::size_t kMaxMessageBytes = kMaxAnswerBytes + (16u << 20);

struct QueryJob {
  sql::ParquetReaderOptions reader = {};
  std::vector<sql::ParquetTable> tables = {};
  std::string sql = {};
  std::size_t row_limit = kDefaultRowLimit;
  std::chrono::milliseconds time_limit = kDefaultQueryTime;
};

struct QueryOutcome {
  Result<Answer> answer;  // columns, rows and whether they are all
  bool is_spent = false;  // it holds memory that the next query may need: start another
};

// A whole message, with its head. kNoSpace: it would be longer than kMaxMessageBytes.
Result<std::string> encode(const QueryJob& job);
Result<std::string> encode(const QueryOutcome& outcome);

// How long the message is that comes after the head. kCorrupt if it is too long.
Result<std::size_t> message_size(std::string_view head);

// Of a message without its head. kCorrupt if that is not what encode() makes, or an answer of more
// than kMaxAnswerBytes.
Result<QueryJob> decode_job(std::string_view message);
Result<QueryOutcome> decode_outcome(std::string_view message);

}  // namespace daybook::views

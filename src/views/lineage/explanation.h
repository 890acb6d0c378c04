// What is said of a row by explaining it: the events that made it, in the order in which the view
// counts them, and what it was after each.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/log_client.h"
#include "views/answer.h"

namespace daybook::views {

inline constexpr std::size_t kMaxRowsOfKey = 1'000;
using KeyRows = std::vector<std::vector<Value>>;

struct RowEvent {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::int64_t clock_ms = 0;
  std::optional<std::string> key = std::nullopt;
  std::optional<std::string> value = std::nullopt;
  std::optional<std::string> headers = std::nullopt;  // as JSON, if the view reads them
  KeyRows rows = {};                                  // after it
};

struct RowHistory {
  std::vector<RowEvent> events = {};  // the newest, in order
  std::int64_t earlier = 0;           // events before those
  KeyRows rows_before = {};           // after the earlier ones
  KeyRows rows = {};                  // at the end
};

inline constexpr std::size_t kDefaultListedEvents = 100;
inline constexpr std::size_t kMaxListedEvents = 1'000;
inline constexpr std::int64_t kDefaultReplayEvents = 10'000'000;
inline constexpr std::chrono::milliseconds kDefaultReplayTime{30'000};

struct ExplainOptions {
  std::size_t event_limit = kDefaultListedEvents;  // of events listed: the newest
  std::int64_t read_limit = kDefaultReplayEvents;  // of events read from the log
  std::chrono::milliseconds time_limit = kDefaultReplayTime;
  std::function<bool()> is_cancelled = [] { return false; };
};

// An earlier position of the view, or the time of the last event that it had read then.
using AsOf = std::variant<client::Position, TimestampMs>;

struct Explanation {
  int version = 0;
  std::string topic = "";
  client::Position position = {};  // everything below it was looked through
  std::vector<ResultColumn> columns = {};
  RowHistory history = {};
  std::int64_t events_read = 0;
  bool is_complete = false;  // the history ends in the row that the view has
  std::string missing = "";  // what is not in it, and why
};

}  // namespace daybook::views

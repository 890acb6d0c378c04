// What a program answers to an event, on one line: the events that come of it, as a JSON array of
// objects,
//
//   []   [{"id":7,"risk":0.25}]   [{"id":7,"_key":"7"},{"_key":"8","_value":null}]
//
// or that the event is to be rejected, and why:
//
//   {"_reject":"the amount is negative"}
//
// The members of an object are the fields of the value; those whose names begin with _ say what the
// event is beside it, as the columns of a processor's SQL do (flow/row_record.h): _key, _timestamp
// (milliseconds, or a time as text), _headers, _partition, _value. An object with _offset is known
// to be in step, as what a program gives back of what it was given: its _topic, _partition and
// _offset must be those of the event that is answered, and say nothing else.
//
// No state. The bytes are a program's: anything may be in them.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flow/row_record.h"

namespace daybook::flow {

inline constexpr std::size_t kMaxAnswerBytes = 8u << 20;
inline constexpr std::size_t kMaxAnswerEvents = 10'000;
inline constexpr std::size_t kMaxReasonBytes = 1'000;  // what is behind them is left out

// Which event the line answers.
struct AnsweredEvent {
  std::string_view topic;
  std::int64_t partition = 0;
  std::int64_t offset = 0;
};

struct AnswerEvent {
  RowRecord record;    // without record, query and outputs; the value if it was given whole
  std::string fields;  // the JSON object of its fields otherwise
  bool is_whole = false;
};

struct Answer {
  std::optional<std::string> reject_reason;  // the program's, or why an event of it cannot be
  std::vector<AnswerEvent> events;
};

// kInvalid: no such line, or another event's. The message completes "the program answered ...".
Result<Answer> parse_answer(std::string_view line, const AnsweredEvent& event);

}  // namespace daybook::flow

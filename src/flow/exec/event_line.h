// An event as the line that a program is given: a JSON object of the members of its value, and
//   _topic, _partition, _offset, _timestamp (milliseconds), _key (text or null),
//   _headers (an object; of a name that is there twice, the last value)
// which hide members of the same names. A value that is no JSON object is _value: text, or null.
//
//   {"id":7,"amount":"12.50","_topic":"pay","_partition":0,"_offset":41,"_timestamp":1767225600000,
//    "_key":"7","_headers":{}}
//
// (on one line). No state.

#pragma once

#include <optional>
#include <string>

#include "client/log_client.h"

namespace daybook::flow {

inline constexpr std::size_t kMaxEventLineBytes = 16u << 20;

// Appends the line with its end; or appends nothing and says why there is none.
std::optional<std::string> append_event_line(const client::Batch& batch, std::size_t record,
                                             std::string& out);

}  // namespace daybook::flow

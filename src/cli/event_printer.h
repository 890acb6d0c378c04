// Events as `consume` prints them: the value of each on a line, for people and pipes, or a JSON
// object per line with everything.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace daybook::cli {

struct Event {
  std::string_view topic;
  PartitionId partition;
  Offset offset;
  TimestampMs timestamp;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};

// {"topic", "partition", "offset", "timestamp", "key", "value", "headers": [{"name", "value"}]}.
// Bytes that are not UTF-8 become U+FFFD: for other bytes, read them as they are.
std::string to_json_line(const Event& event);

class EventPrinter {
 public:
  // With `key_separator`, the key and it stand before each value.
  EventPrinter(bool json, std::string key_separator)
      : json_(json), key_separator_(std::move(key_separator)) {}

  // False if nobody reads the output any more.
  bool print(const Event& event) const;

 private:
  bool json_;
  std::string key_separator_;
};

}  // namespace daybook::cli

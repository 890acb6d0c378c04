// Small facts kept in the log itself: a compacted topic of one partition, in which the last value
// of a key is the one that holds. For what is written rarely and read at start: each call reads the
// topic from its beginning.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::client {

// The last value of each key; nothing if there is no such topic.
Result<std::map<std::string, std::string, std::less<>>> find_all_latest(LogClient& log,
                                                                        const std::string& topic);

// The last value of `key`, or nothing if there is none, or no such topic.
Result<std::optional<std::string>> find_latest(LogClient& log, const std::string& topic,
                                               std::string_view key);

// Makes `value` the last one of `key`; acknowledged by the log on success. Creates the topic if it
// is missing.
Status put_latest(LogClient& log, const std::string& topic, std::string_view key,
                  std::string_view value);

}  // namespace daybook::client

// What may name a topic: Apache Kafka's rule, checked before a name is sent anywhere.

#pragma once

#include <string_view>

#include "base/result.h"

namespace daybook::client {

inline constexpr std::size_t kMaxTopicNameChars = 249;

// kInvalid, saying what is wrong with the name.
Status check_topic_name(std::string_view name);

}  // namespace daybook::client

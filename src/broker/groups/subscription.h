// What consumers of the classic protocol say that they read. The coordinator passes it on without
// looking inside, except to know whose offsets are in use. The layout is that of Apache Kafka's
// ConsumerProtocolSubscription message.
//
// Threads: any; there is no state.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace daybook::broker {

// The topics in a consumer's metadata; nothing if it is not such a message.
std::optional<std::vector<std::string>> subscribed_topics(BytesView metadata);

}  // namespace daybook::broker

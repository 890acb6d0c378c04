// How far a consumer reads ahead, in memory (client/record_memory.h). One answer of the log may
// come on top.

#pragma once

#include "client/kafka/handle.h"

namespace daybook::client::kafka {

// The library's properties that have to do with fetching, for a consumer that may hold so much.
Properties read_ahead_properties(std::size_t bytes);

}  // namespace daybook::client::kafka

// How far a consumer reads ahead, in memory. Of small records most of it is not their bytes: the
// library keeps some 350 bytes beside each. So half of what is allowed is for the bytes, and half
// bounds how many records there are. One answer of the log may come on top.

#pragma once

#include "client/kafka/handle.h"

namespace daybook::client::kafka {

// The library's properties that have to do with fetching, for a consumer that may hold so much.
Properties read_ahead_properties(std::size_t bytes);

}  // namespace daybook::client::kafka

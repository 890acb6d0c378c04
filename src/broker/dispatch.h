// From the bytes of a request to the handler of its API. This is the door for everything foreign:
// whatever the bytes are, they end in an answer or in an error that says why the connection must be
// closed.

#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/api_handler.h"

namespace daybook::broker {

// `frame` is a request without its length, from a client at `client_host`. Handles it; the sink
// gets the answer, at once or later. An error: the connection cannot go on, for the reason given,
// and the sink was dropped. What it is to append may wait in `appends`, and `frame` must stay until
// these are flushed; a request that may not overtake what waits there has it flushed first.
Result<Pipelining> dispatch(Core& core, const Endpoint& advertised, std::string_view client_host,
                            AppendQueue& appends, BytesView frame, std::unique_ptr<ReplySink> sink);

}  // namespace daybook::broker

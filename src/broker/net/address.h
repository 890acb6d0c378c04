// HOST:PORT as people write it: "127.0.0.1:9092", "localhost:0", "[::1]:9092".

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "broker/core.h"

namespace daybook::broker {

// kInvalid, quoting the text, if it has no host, or no port from 0 to 65535.
Result<Endpoint> parse_endpoint(std::string_view text);

// The reverse; an IPv6 address gets its brackets.
std::string to_string(const Endpoint& endpoint);

}  // namespace daybook::broker

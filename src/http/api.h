// The operations of the API. Each is a function from a request to a response, so that they are
// tested without a socket.

#pragma once

#include <vector>

#include "app/running.h"
#include "http/route.h"

namespace daybook::http {

// `running` must outlive the routes.
std::vector<Route> make_routes(const app::Running& running);

}  // namespace daybook::http

// The operations on a view's versions: rebuild, diff, swap, rollback, drop.

#pragma once

#include <vector>

#include "app/running.h"
#include "http/route.h"

namespace daybook::http {

// `running` must outlive the routes.
std::vector<Route> version_routes(const app::Running& running);

}  // namespace daybook::http

// The API's description in OpenAPI 3, made from the routes that are served.

#pragma once

#include <span>
#include <string>

#include "http/route.h"

namespace daybook::http {

std::string openapi_text(std::span<const Route> routes);

}  // namespace daybook::http

// One entry for each source below wire/apis/, in no particular order. The definition is generated
// (cmake/wire_apis.cmake); wire/api_registry.h is what to use.

#pragma once

#include <span>

namespace daybook::wire {

struct ApiInfo;
std::span<const ApiInfo* const> api_list();

}  // namespace daybook::wire

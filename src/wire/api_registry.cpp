#include "wire/api_registry.h"

#include <algorithm>
#include <vector>

#include "wire/api_list.h"

namespace daybook::wire {

std::span<const ApiInfo> all_apis() {
  static const std::vector<ApiInfo> apis = [] {
    std::vector<ApiInfo> list;
    for (const ApiInfo* const api : api_list()) list.push_back(*api);
    std::ranges::sort(list, {}, &ApiInfo::key);
    return list;
  }();
  return apis;
}

const ApiInfo* find_api(ApiKey key) {
  const std::span<const ApiInfo> apis = all_apis();
  const auto found = std::ranges::lower_bound(apis, key, {}, &ApiInfo::key);
  return found != apis.end() && found->key == key ? &*found : nullptr;
}

}  // namespace daybook::wire

// ListGroups: those that there are, filtered by state and type if the client asks for it.

#include "wire/apis/groups/list_groups.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"

namespace daybook::broker::apis {
namespace {

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool passes(std::string_view value, const std::vector<std::string>& filter) {
  return filter.empty() || std::ranges::any_of(filter, [&](const std::string& wanted) {
           return same_word(value, wanted);
         });
}

void handle(Core& core, const RequestContext&, wire::ListGroupsRequest request,
            Reply<wire::ListGroupsResponse> reply) {
  wire::ListGroupsResponse response;
  for (ListedGroup& group : core.groups.list()) {
    if (!passes(group.state, request.states_filter)) continue;
    if (!passes(group.type, request.types_filter)) continue;
    response.groups.push_back({std::move(group.id), std::move(group.protocol_type),
                               std::string(group.state), std::string(group.type)});
  }
  reply(response);
}

}  // namespace

ApiHandler list_groups() {
  return handler_of<wire::ListGroupsApi, handle>();
}

}  // namespace daybook::broker::apis

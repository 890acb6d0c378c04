// DeleteGroups: answered when the groups are durably gone, with all that they had committed. Each
// one succeeds or fails alone.

#include "wire/apis/groups/delete_groups.h"

#include <atomic>
#include <memory>

#include "broker/api_handler.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"

namespace daybook::broker::apis {
namespace {

using Response = wire::DeleteGroupsResponse;

struct Pending {
  explicit Pending(Reply<Response> r) : reply(std::move(r)) {}
  Response response;
  Reply<Response> reply;
  std::atomic<std::size_t> open = 1;

  void finish_one() {
    if (open.fetch_sub(1) == 1) reply(response);
  }
};

void handle(Core& core, const RequestContext&, wire::DeleteGroupsRequest request,
            Reply<Response> reply) {
  if (request.groups_names.size() > kMaxGroupsPerRequest) {
    reply.refuse("a request to delete " + std::to_string(request.groups_names.size()) +
                 " groups; at most " + std::to_string(kMaxGroupsPerRequest) + " are taken at once");
    return;
  }
  const auto pending = std::make_shared<Pending>(std::move(reply));
  for (std::string& id : request.groups_names) {
    pending->response.results.push_back({std::move(id), KafkaError::kNone});
  }
  for (Response::Result& result : pending->response.results) {
    ++pending->open;
    core.groups.remove(result.group_id, [pending, &result](KafkaError error) {
      result.error_code = error;
      pending->finish_one();
    });
  }
  pending->finish_one();
}

}  // namespace

ApiHandler delete_groups() {
  return handler_of<wire::DeleteGroupsApi, handle>();
}

}  // namespace daybook::broker::apis

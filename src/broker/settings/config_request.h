// What AlterConfigs and IncrementalAlterConfigs do alike: each resource of the request is changed,
// and succeeds or fails, alone.
//
// Threads: as change_configs().

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/limits.h"
#include "broker/pending_answer.h"
#include "broker/settings/config_change.h"

namespace daybook::broker {

// `changes_of` moves the changes of a resource out of the request.
template <class Request, class Response, class ChangesOf>
void change_configs_of(Core& core, Request& request, Reply<Response> reply,
                       const ChangesOf& changes_of) {
  if (request.resources.size() > kMaxTopicsPerRequest) {
    reply.refuse("a request to configure " + std::to_string(request.resources.size()) +
                 " resources; at most " + std::to_string(kMaxTopicsPerRequest) +
                 " are taken at once");
    return;
  }
  const auto pending = std::make_shared<PendingAnswer<Response>>(std::move(reply));
  std::vector<ConfigChanges> all;
  for (auto& resource : request.resources) {
    pending->response.responses.push_back(
        {wire::KafkaError::kNone, std::nullopt, resource.resource_type, resource.resource_name});
    ConfigChanges& changes = all.emplace_back(changes_of(resource));
    changes.resource_type = resource.resource_type;
    changes.resource_name = std::move(resource.resource_name);
    pending->begin_one();
  }
  change_all_configs(core, std::move(all), request.validate_only,
                     [pending](std::size_t at, const ConfigOutcome& outcome) {
                       auto& answer = pending->response.responses[at];
                       answer.error_code = outcome.error;
                       if (!outcome.message.empty()) answer.error_message = outcome.message;
                       pending->finish_one();
                     });
  pending->finish_one();
}

}  // namespace daybook::broker

// How an API is handled: broker/apis/<name>/handler.cpp defines one function, and the table of them
// is made from the folders (cmake/broker_apis.cmake). A new API is one new folder.
//
//   namespace daybook::broker::apis {
//   namespace {
//   void handle(Core& core, const RequestContext& context, wire::HeartbeatRequest request,
//               Reply<wire::HeartbeatResponse> reply) { ... }
//   }
//   ApiHandler heartbeat() { return handler_of<wire::HeartbeatApi, handle>(); }
//   }
//
// A handler runs on the connection's I/O thread and must not wait. Views in its request point into
// the connection's buffer: they are valid until it returns, and until what it has added to the
// context's appends is done.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/core.h"
#include "broker/reply.h"
#include "wire/api_registry.h"
#include "wire/message.h"

namespace daybook::broker {

// May the next request of the connection start before this one is answered? Answers keep the order
// of the requests in any case.
enum class Pipelining : bool { kNo, kYes };

struct ApiHandler {
  wire::ApiKey key;
  Pipelining pipelining;
  // Decodes the body and handles it. An error: the body is not such a request, and nothing was
  // done; the sink is untouched.
  Status (*serve)(Core& core, const RequestContext& context, std::int32_t correlation_id,
                  BytesView body, std::unique_ptr<ReplySink>& sink);
};

template <class Api>
using HandlerFunction = void (*)(Core&, const RequestContext&, typename Api::Request,
                                 Reply<typename Api::Response>);

template <class Api, HandlerFunction<Api> handle>
Status serve_with(Core& core, const RequestContext& context, std::int32_t correlation_id,
                  BytesView body, std::unique_ptr<ReplySink>& sink) {
  DAYBOOK_TRY(auto request, wire::decode<typename Api::Request>(body, context.version));
  handle(core, context, std::move(request),
         Reply<typename Api::Response>(std::move(sink), correlation_id, context.version));
  return {};
}

template <class Api, HandlerFunction<Api> handle>
ApiHandler handler_of(Pipelining pipelining = Pipelining::kNo) {
  return {Api::kKey, pipelining, &serve_with<Api, handle>};
}

// One for each folder of broker/apis/. Generated.
std::span<const ApiHandler> all_handlers();

}  // namespace daybook::broker

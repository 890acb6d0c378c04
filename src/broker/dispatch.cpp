#include "broker/dispatch.h"

#include <array>
#include <utility>

#include "broker/append_queue.h"
#include "broker/metrics.h"
#include "wire/apis/cluster/api_versions.h"
#include "wire/frame.h"

namespace daybook::broker {
namespace {

constexpr std::size_t kHighestKey = 128;

const ApiHandler* find_handler(wire::ApiKey key) {
  static const auto kTable = [] {
    std::array<const ApiHandler*, kHighestKey> table{};
    for (const ApiHandler& handler : all_handlers()) {
      table.at(static_cast<std::size_t>(handler.key.value)) = &handler;
    }
    return table;
  }();
  const auto at = static_cast<std::size_t>(key.value);
  return key.value < 0 || at >= kHighestKey ? nullptr : kTable[at];
}

std::unexpected<Error> refuse_api(const wire::RequestHeader& header) {
  const wire::ApiInfo* info = wire::find_api(header.api_key);
  std::string message = "a request for API " + std::to_string(header.api_key.value);
  if (info != nullptr) message += " (" + std::string(info->name) + ")";
  message += " version " + std::to_string(header.api_version) + ", which is not offered";
  if (info != nullptr) {
    message += "; versions " + std::to_string(info->served.first) + " to " +
               std::to_string(info->served.last) + " are";
  }
  return fail(ErrorCode::kUnsupported, std::move(message));
}

// A newer client learns from this which versions it may speak.
void answer_in_version_0(const wire::RequestHeader& header, ReplySink& sink) {
  wire::ApiVersionsResponse response;
  response.error_code = wire::KafkaError::kUnsupportedVersion;
  for (const ApiHandler& handler : all_handlers()) {
    const wire::ApiInfo* info = wire::find_api(handler.key);
    response.api_keys.push_back({info->key.value, info->advertised.first, info->advertised.last});
  }
  sink.send(wire::encode_response_frame(header.correlation_id, response, 0));
}

}  // namespace

Result<Pipelining> dispatch(Core& core, const Endpoint& advertised, std::string_view client_host,
                            AppendQueue& appends, BytesView frame,
                            std::unique_ptr<ReplySink> sink) {
  ++core.metrics.requests;
  DAYBOOK_TRY(wire::RequestFrame request, wire::decode_request_frame(frame));
  const ApiHandler* handler = find_handler(request.header.api_key);
  if (handler == nullptr || request.api == nullptr) return refuse_api(request.header);
  if (!request.api->served.contains(request.header.api_version)) {
    if (request.header.api_key != wire::ApiVersionsApi::kKey) return refuse_api(request.header);
    answer_in_version_0(request.header, *sink);
    return Pipelining::kNo;
  }
  if (handler->pipelining == Pipelining::kNo) appends.flush();
  const RequestContext context{.version = request.header.api_version,
                               .client_id = std::move(request.header.client_id).value_or(""),
                               .client_host = client_host,
                               .advertised = advertised,
                               .appends = appends};
  DAYBOOK_TRY_VOID(
      handler->serve(core, context, request.header.correlation_id, request.body, sink));
  return handler->pipelining;
}

}  // namespace daybook::broker

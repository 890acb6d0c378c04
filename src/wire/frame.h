// What goes around a message on a connection: a frame is a length (int32), a header and a body.
//
//   request   length, api key, api version, correlation id, client id, body
//   response  length, correlation id, body
//
// Headers of flexible versions end with a tagged section; client id is never compact.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/api_registry.h"
#include "wire/encoded.h"
#include "wire/message.h"

namespace daybook::wire {

inline constexpr std::size_t kFramePrefixSizeBytes = 4;

struct RequestHeader {
  ApiKey api_key;
  std::int16_t api_version = 0;
  std::int32_t correlation_id = 0;
  std::optional<std::string> client_id;
};

struct RequestFrame {
  RequestHeader header;
  const ApiInfo* api =
      nullptr;     // null: no API of that key, and header and body were not told apart
  BytesView body;  // points into the frame
};

// `frame` is what follows the length. An unknown API or version is not an error here: its header is
// read as far as it can be, so that an answer can carry the correlation id. kInvalid otherwise.
Result<RequestFrame> decode_request_frame(BytesView frame);

// For clients and tests: the correlation id of a response, and where its body starts.
struct ResponseFrame {
  std::int32_t correlation_id = 0;
  BytesView body;
};
Result<ResponseFrame> decode_response_frame(BytesView frame, const ApiInfo& api,
                                            std::int16_t version);

// Length and header, and the length made right after the body is there.
void begin_response_frame(Encoded& out, std::int32_t correlation_id, std::int16_t header_version);
void begin_request_frame(Encoded& out, const RequestHeader& header, std::int16_t header_version);
void end_frame(Encoded& out);

// A whole frame, ready for the socket. `version` is a served one of T's API.
template <class T>
Encoded encode_response_frame(std::int32_t correlation_id, const T& response,
                              std::int16_t version) {
  Encoded out;
  const ApiInfo& api = *find_api(T::Api::kKey);
  begin_response_frame(out, correlation_id, api.response_header_version(version));
  encode(response, version, out);
  end_frame(out);
  return out;
}

template <class T>
Encoded encode_request_frame(std::int32_t correlation_id,
                             const std::optional<std::string>& client_id, const T& request,
                             std::int16_t version) {
  Encoded out;
  const ApiInfo& api = *find_api(T::Api::kKey);
  const RequestHeader header{.api_key = T::Api::kKey,
                             .api_version = version,
                             .correlation_id = correlation_id,
                             .client_id = client_id};
  begin_request_frame(out, header, api.request_header_version(version));
  encode(request, version, out);
  end_frame(out);
  return out;
}

}  // namespace daybook::wire

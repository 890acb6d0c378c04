#include "wire/frame.h"

#include <array>
#include <utility>

#include "base/check.h"
#include "base/endian.h"
#include "wire/decoder.h"
#include "wire/encoder.h"

namespace daybook::wire {
namespace {

constexpr std::int16_t kFirstFlexibleRequestHeader = 2;
constexpr std::int16_t kFirstFlexibleResponseHeader = 1;

struct FixedPart {
  ApiKey api_key;
  std::int16_t api_version = 0;
  std::int32_t correlation_id = 0;

  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("RequestApiKey", m.api_key);
    c.field("RequestApiVersion", m.api_version);
    c.field("CorrelationId", m.correlation_id);
  }
};

struct ClientIdPart {
  std::optional<std::string> client_id;

  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("ClientId", m.client_id);
  }
};

struct CorrelationIdPart {
  std::int32_t correlation_id = 0;

  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("CorrelationId", m.correlation_id);
  }
};

struct TaggedPart {
  template <class C, class M>
  static void fields(C&, M&) {}
};

// Decodes one part off the front of `bytes`. Client id is not compact though the tagged section
// that follows it is there: hence a part each, with its own flexibility.
template <class T>
Result<T> decode_part(BytesView& bytes, std::string_view name, std::int16_t version,
                      bool flexible) {
  Decoder decoder(bytes, {name, {}}, version, flexible);
  T part;
  decoder.structure(part);
  if (decoder.failed()) return std::unexpected(std::move(decoder).error());
  bytes = bytes.subspan(decoder.at());
  return part;
}

template <class T>
void encode_part(Encoded& out, const T& part, std::int16_t version, bool flexible) {
  Encoder(out, version, flexible).structure(part);
}

}  // namespace

Result<RequestFrame> decode_request_frame(BytesView frame) {
  constexpr std::string_view kName = "request header";
  DAYBOOK_TRY(const FixedPart fixed, decode_part<FixedPart>(frame, kName, 1, false));
  RequestFrame request{.header = {.api_key = fixed.api_key,
                                  .api_version = fixed.api_version,
                                  .correlation_id = fixed.correlation_id,
                                  .client_id = std::nullopt},
                       .api = find_api(fixed.api_key),
                       .body = frame};
  if (request.api == nullptr) return request;
  const std::int16_t version = request.api->request_header_version(fixed.api_version);
  DAYBOOK_TRY(ClientIdPart part, decode_part<ClientIdPart>(frame, kName, version, false));
  if (version >= kFirstFlexibleRequestHeader) {
    DAYBOOK_TRY_VOID(decode_part<TaggedPart>(frame, kName, version, true));
  }
  request.header.client_id = std::move(part.client_id);
  request.body = frame;
  return request;
}

Result<ResponseFrame> decode_response_frame(BytesView frame, const ApiInfo& api,
                                            std::int16_t version) {
  const std::int16_t header_version = api.response_header_version(version);
  const bool flexible = header_version >= kFirstFlexibleResponseHeader;
  DAYBOOK_TRY(const CorrelationIdPart part,
              decode_part<CorrelationIdPart>(frame, "response header", header_version, flexible));
  return ResponseFrame{.correlation_id = part.correlation_id, .body = frame};
}

void begin_response_frame(Encoded& out, std::int32_t correlation_id, std::int16_t header_version) {
  DAYBOOK_CHECK(out.size_bytes() == 0, "a frame starts a buffer");
  out.own().resize(kFramePrefixSizeBytes);
  encode_part(out, CorrelationIdPart{.correlation_id = correlation_id}, header_version,
              header_version >= kFirstFlexibleResponseHeader);
}

void begin_request_frame(Encoded& out, const RequestHeader& header, std::int16_t header_version) {
  DAYBOOK_CHECK(out.size_bytes() == 0, "a frame starts a buffer");
  out.own().resize(kFramePrefixSizeBytes);
  encode_part(out,
              FixedPart{.api_key = header.api_key,
                        .api_version = header.api_version,
                        .correlation_id = header.correlation_id},
              header_version, false);
  encode_part(out, ClientIdPart{.client_id = header.client_id}, header_version, false);
  if (header_version >= kFirstFlexibleRequestHeader) {
    encode_part(out, TaggedPart{}, header_version, true);
  }
}

void end_frame(Encoded& out) {
  const std::size_t size = out.size_bytes() - kFramePrefixSizeBytes;
  DAYBOOK_CHECK(std::in_range<std::int32_t>(size), "a response is bounded by what a fetch may ask");
  store_be(out.own().data(), static_cast<std::int32_t>(size));
}

}  // namespace daybook::wire

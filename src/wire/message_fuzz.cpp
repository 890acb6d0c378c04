// Any bytes as a request frame or, when the first byte is odd, as a response of the API and version
// that follow: decoding ends in an error or in a message, and what a message is encoded to is
// decoded to the same again.

#include "base/endian.h"
#include "wire/api_registry.h"
#include "wire/frame.h"

namespace daybook::wire {
namespace {

void decode_twice(Result<Bytes> (*recode)(BytesView, std::int16_t), BytesView body,
                  std::int16_t version) {
  const Result<Bytes> once = recode(body, version);
  if (!once) return;
  const Result<Bytes> twice = recode(*once, version);
  if (!twice || *twice != *once) __builtin_trap();
}

}  // namespace
}  // namespace daybook::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  using namespace daybook::wire;
  const BytesView bytes(reinterpret_cast<const std::byte*>(data), size);
  if (size == 0) return 0;
  if ((data[0] & 1) == 0) {
    const Result<RequestFrame> frame = decode_request_frame(bytes.subspan(1));
    if (frame && frame->api != nullptr && frame->api->served.contains(frame->header.api_version)) {
      decode_twice(frame->api->recode_request, frame->body, frame->header.api_version);
    }
  } else if (size >= 5) {
    const ApiInfo* const api = find_api(ApiKey{load_be<std::int16_t>(bytes.data() + 1)});
    const auto version = load_be<std::int16_t>(bytes.data() + 3);
    if (api == nullptr || !api->served.contains(version)) return 0;
    const Result<ResponseFrame> frame = decode_response_frame(bytes.subspan(5), *api, version);
    if (frame) decode_twice(api->recode_response, frame->body, version);
  }
  return 0;
}

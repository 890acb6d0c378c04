// Included by the sources below wire/apis/ only: turns an API's descriptions into the functions of
// wire/message.h and into its entry of the registry.

#pragma once

#include <type_traits>

#include "base/check.h"
#include "wire/api_registry.h"
#include "wire/decoder.h"
#include "wire/encoder.h"
#include "wire/message.h"

namespace daybook::wire {

template <class T>
constexpr MessageName message_name() {
  constexpr bool kIsRequest = std::is_same_v<T, typename T::Api::Request>;
  return {T::Api::kName, kIsRequest ? " request" : " response"};
}

template <class T>
Result<T> decode(BytesView bytes, std::int16_t version, Trailing trailing) {
  using Api = typename T::Api;
  if (!Api::kVersions.contains(version)) {
    return std::unexpected(version_not_served(message_name<T>(), version, Api::kVersions));
  }
  Decoder decoder(bytes, message_name<T>(), version, version >= Api::kFlexibleSince);
  Result<T> message;
  decoder.structure(*message);
  if (trailing == Trailing::kRefuse) decoder.refuse_trailing();
  if (decoder.failed()) message = std::unexpected(std::move(decoder).error());
  return message;
}

template <class T>
void encode(const T& message, std::int16_t version, Encoded& out) {
  using Api = typename T::Api;
  DAYBOOK_CHECK(Api::kVersions.contains(version), "only served versions are encoded");
  Encoder encoder(out, version, version >= Api::kFlexibleSince);
  encoder.structure(message);
}

template <class T>
Result<Bytes> recode(BytesView bytes, std::int16_t version) {
  DAYBOOK_TRY(const T message, decode<T>(bytes, version, Trailing::kRefuse));
  return encode(message, version).flatten();
}

template <class Api>
constexpr ApiInfo describe() {
  VersionRange advertised = Api::kVersions;
  if constexpr (requires { Api::kAdvertised; }) advertised = Api::kAdvertised;
  return {.key = Api::kKey,
          .name = Api::kName,
          .served = Api::kVersions,
          .advertised = advertised,
          .flexible_since = Api::kFlexibleSince,
          .recode_request = &recode<typename Api::Request>,
          .recode_response = &recode<typename Api::Response>};
}

}  // namespace daybook::wire

// Ends wire/apis/<area>/<file>.cpp, in namespace daybook::wire.
#define DAYBOOK_WIRE_API(file, Api)                                         \
  template Result<Api::Request> decode(BytesView, std::int16_t, Trailing);  \
  template Result<Api::Response> decode(BytesView, std::int16_t, Trailing); \
  template void encode(const Api::Request&, std::int16_t, Encoded&);        \
  template void encode(const Api::Response&, std::int16_t, Encoded&);       \
  namespace apis {                                                          \
  extern const ApiInfo file;                                                \
  constinit const ApiInfo file = describe<Api>();                           \
  }

// How a protocol message is described, decoded and encoded.
//
// A message is a struct. One member function names each of its fields once, in the order of the
// wire, with the versions that have it; both directions and all versions follow from it:
//
//   struct HeartbeatRequest {
//     using Api = struct HeartbeatApi;
//     std::string group_id;
//     std::optional<std::string> group_instance_id;
//     template <class C, class M> static void fields(C& c, M& m);
//   };
//   template <class C, class M> void HeartbeatRequest::fields(C& c, M& m) {
//     c.field("GroupId", m.group_id);
//     c.field("GroupInstanceId", m.group_instance_id, since(3));
//   }
//
// The definition stands in the API's .cpp, which instantiates the functions below
// (wire/message_codec.h), so that who includes an API's header compiles none of it.
// A field that a version does not have keeps the value of its member initializer, which is Kafka's
// default. docs/formats/wire.md has the rules.

#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/encoded.h"

namespace daybook::wire {

// Bytes behind the message: Kafka's broker does not look at them, and there may be clients that
// send some.
enum class Trailing : std::uint8_t { kIgnore, kRefuse };

// The body of a request or response (what follows its header). kInvalid, naming message, field and
// byte, if the bytes are not one; kUnsupported if the version is not served. Views of records in
// the result point into `bytes`.
template <class T>
Result<T> decode(BytesView bytes, std::int16_t version, Trailing trailing = Trailing::kIgnore);

// Appends the body to `out`. `version` is a served one. Record bytes are not copied.
template <class T>
void encode(const T& message, std::int16_t version, Encoded& out);

template <class T>
Encoded encode(const T& message, std::int16_t version) {
  Encoded out;
  encode(message, version, out);
  return out;
}

}  // namespace daybook::wire

// The APIs that this library can decode and encode. The list is made from the sources below
// wire/apis/, in folders by what they are about: <name>.h describes one API (request, response,
// key, versions) and <name>.cpp defines it, and that is all that a new one needs
// (cmake/wire_apis.cmake).
//
//   struct HeartbeatApi {
//     static constexpr ApiKey kKey{12};
//     static constexpr std::string_view kName = "Heartbeat";  // as Kafka names it
//     static constexpr VersionRange kVersions{0, 4};          // served
//     static constexpr std::int16_t kFlexibleSince = 4;       // compact encoding, tagged fields
//     using Request = HeartbeatRequest;
//     using Response = HeartbeatResponse;
//   };
//
// Where other versions are announced to clients than are served, it has a kAdvertised as well.

#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "wire/field.h"

namespace daybook::wire {

// The kFlexibleSince of an API that has no flexible version.
inline constexpr std::int16_t kNeverFlexible = std::numeric_limits<std::int16_t>::max();

using ApiKey = StrongId<struct ApiKeyTag, std::int16_t>;

struct ApiInfo {
  ApiKey key;
  std::string_view name;
  VersionRange served;
  VersionRange advertised;
  std::int16_t flexible_since;

  bool is_flexible(std::int16_t version) const { return version >= flexible_since; }
  // The header versions that go with a version of the API. ApiVersions' response always has header
  // 0: a client that does not know yet what the broker speaks must be able to read it.
  std::int16_t request_header_version(std::int16_t version) const {
    return is_flexible(version) ? 2 : 1;
  }
  std::int16_t response_header_version(std::int16_t version) const {
    return is_flexible(version) && key != ApiKey{18} ? 1 : 0;
  }

  // Decodes a body, all of it, and encodes it again: for tests, fuzzers and tools that go over all
  // APIs without knowing any.
  Result<Bytes> (*recode_request)(BytesView body, std::int16_t version);
  Result<Bytes> (*recode_response)(BytesView body, std::int16_t version);
};

// In the order of their keys.
std::span<const ApiInfo> all_apis();
// Null if there is none of that key.
const ApiInfo* find_api(ApiKey key);

}  // namespace daybook::wire

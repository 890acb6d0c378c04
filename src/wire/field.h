// The versions of a protocol message in which a field exists, and those in which it may be null.

#pragma once

#include <cstdint>
#include <limits>

namespace daybook::wire {

// Inclusive; empty if last is below first.
struct VersionRange {
  std::int16_t first = 0;
  std::int16_t last = std::numeric_limits<std::int16_t>::max();

  constexpr bool contains(std::int16_t version) const {
    return first <= version && version <= last;
  }
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};

// Written behind a field's name where a message is described, as Kafka's own descriptions say it:
//   since(5)                      from version 5 on
//   between(0, 3)                 in versions 0 to 3
//   since(0).nullable_since(10)   always, and from version 10 on it may be null
// A std::optional field may be null wherever it exists, unless this says otherwise.
struct FieldSpec {
  VersionRange versions;
  VersionRange nullable;

  constexpr FieldSpec nullable_since(std::int16_t version) const {
    return {versions, {version, std::numeric_limits<std::int16_t>::max()}};
  }
};

constexpr FieldSpec since(std::int16_t version) {
  return {{version, std::numeric_limits<std::int16_t>::max()}, {}};
}
constexpr FieldSpec between(std::int16_t first, std::int16_t last) {
  return {{first, last}, {}};
}

}  // namespace daybook::wire

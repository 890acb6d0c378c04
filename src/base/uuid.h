// A 128-bit id that never repeats: clusters, topics and log folders are named by one, so that a
// name used again is not taken for the thing that had it before. Its text is Kafka's: 22 characters
// of URL-safe base64 without padding.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace daybook {

struct Uuid {
  std::array<std::byte, 16> bytes{};

  bool is_zero() const { return *this == Uuid{}; }
  friend bool operator==(const Uuid&, const Uuid&) = default;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

// A random one (version 4), from the operating system's generator. Never zero, and its text never
// begins with '-', which command lines would take for an option.
Uuid random_uuid();

std::string to_string(const Uuid& id);
// kInvalid, quoting the text, if it is not 22 characters of URL-safe base64.
Result<Uuid> uuid_from_string(std::string_view text);
// The id made of `bytes`; kInvalid unless there are 16.
Result<Uuid> uuid_from_bytes(BytesView bytes);

}  // namespace daybook

template <>
struct std::hash<daybook::Uuid> {
  std::size_t operator()(const daybook::Uuid& id) const noexcept {
    std::size_t low;
    std::memcpy(&low, id.bytes.data() + 8, sizeof(low));
    return low;
  }
};

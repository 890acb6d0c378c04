#include "base/uuid.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "base/check.h"

namespace daybook {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kTextLength = 22;

void fill_random(MutableBytes into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::getrandom(into.data() + done, into.size() - done, 0);
    DAYBOOK_CHECK(got > 0 || errno == EINTR, "the kernel's random generator does not answer");
    if (got > 0) done += static_cast<std::size_t>(got);
  }
}

}  // namespace

Uuid random_uuid() {
  Uuid id;
  do {
    fill_random(id.bytes);
    id.bytes[6] = (id.bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    id.bytes[8] = (id.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  } while (to_string(id).front() == '-');
  return id;
}

std::string to_string(const Uuid& id) {
  std::string text;
  text.reserve(kTextLength);
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::byte byte : id.bytes) {
    bits = (bits << 8) | std::to_integer<std::uint32_t>(byte);
    for (held += 8; held >= 6; held -= 6) text.push_back(kAlphabet[(bits >> (held - 6)) & 63]);
  }
  text.push_back(kAlphabet[(bits << (6 - held)) & 63]);
  return text;
}

Result<Uuid> uuid_from_string(std::string_view text) {
  const auto invalid = [&] {
    return fail(ErrorCode::kInvalid, "not an id: '" + std::string(text.substr(0, 2 * kTextLength)) +
                                         "'; expected 22 characters of URL-safe base64");
  };
  if (text.size() != kTextLength) return invalid();
  Uuid id;
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t filled = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return invalid();
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held >= 8 && filled < id.bytes.size()) {
      held -= 8;
      id.bytes[filled++] = std::byte(bits >> held);
    }
  }
  // 22 characters carry 132 bits: the last 4 must be empty, or two texts would name one id.
  if (to_string(id) != text) return invalid();
  return id;
}

Result<Uuid> uuid_from_bytes(BytesView bytes) {
  Uuid id;
  if (bytes.size() != id.bytes.size()) {
    return fail(ErrorCode::kInvalid,
                "an id has 16 bytes, but " + std::to_string(bytes.size()) + " were given");
  }
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

}  // namespace daybook

#include "base/units.h"

#include <charconv>
#include <span>

namespace daybook {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr Unit kDurations[] = {{"ms", 1},        {"s", 1000},       {"m", 60'000},
                               {"h", 3'600'000}, {"d", 86'400'000}, {"w", 604'800'000}};
constexpr Unit kSizes[] = {{"", 1},
                           {"B", 1},
                           {"KiB", 1LL << 10},
                           {"MiB", 1LL << 20},
                           {"GiB", 1LL << 30},
                           {"TiB", 1LL << 40},
                           {"kB", 1000},
                           {"MB", 1000'000},
                           {"GB", 1000'000'000},
                           {"TB", 1000'000'000'000}};

Result<std::int64_t> parse(std::string_view text, std::span<const Unit> units, const char* what) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && number >= 0) {
    std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
    while (!suffix.empty() && suffix.front() == ' ') suffix.remove_prefix(1);
    for (const Unit& unit : units) {
      if (unit.name != suffix) continue;
      std::int64_t product = 0;
      if (__builtin_mul_overflow(number, unit.factor, &product)) break;
      return product;
    }
  }
  return fail(ErrorCode::kInvalid, "\"" + std::string(text) + "\" is not " + what);
}

}  // namespace

Result<std::int64_t> parse_duration_ms(std::string_view text) {
  if (text == "forever") return -1;
  return parse(text, kDurations,
               "a duration: write a number and one of ms, s, m, h, d, w, "
               "such as 90d, or forever");
}

Result<std::int64_t> parse_size_bytes(std::string_view text) {
  return parse(text, kSizes,
               "a size: write a number and one of B, KiB, MiB, GiB, TiB, kB, MB, "
               "GB, TB, such as 512MiB");
}

}  // namespace daybook

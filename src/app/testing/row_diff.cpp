#include "app/testing/row_diff.h"

#include <algorithm>

#include "flow/json_event.h"

namespace daybook::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxCompared = 2'000;  // rows of each side that are lined up

std::string line(char sign, const Json& row) {
  return std::string(1, sign) + " " + row.dump(-1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

// A row that came, with the names that anything expected has: the others are not compared.
Json shown(const Json& row, const Rows& expected) {
  if (!row.is_object()) return row;
  Json out = Json::object();
  for (const auto& [name, value] : row.items()) {
    const bool is_asked = std::ranges::any_of(
        expected, [&](const Json& other) { return other.is_object() && other.contains(name); });
    if (is_asked || !name.starts_with('_') || name == "_value") out[name] = value;
  }
  return out;
}

std::string unordered(const Rows& expected, const Rows& got) {
  std::vector<bool> taken(got.size());
  std::string missing;
  std::string extra;
  for (const Json& row : expected) {
    std::size_t at = 0;
    while (at < got.size() && (taken[at] || !flow::matches(row, got[at]))) ++at;
    if (at < got.size()) {
      taken[at] = true;
    } else {
      missing += line('-', row);
    }
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!taken[i]) extra += line('+', shown(got[i], expected));
  }
  return missing + extra;
}

// By the longest common subsequence.
std::string ordered(const Rows& expected, const Rows& got) {
  const std::size_t n = expected.size();
  const std::size_t m = got.size();
  std::vector<std::vector<std::uint32_t>> common(n + 1, std::vector<std::uint32_t>(m + 1));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = flow::matches(expected[i], got[j])
                         ? common[i + 1][j + 1] + 1
                         : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  if (common[0][0] == n && n == m) return "";
  std::string out;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && flow::matches(expected[i], got[j])) {
      out += line(' ', expected[i]);
      ++i, ++j;
    } else if (j == m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
      out += line('-', expected[i++]);
    } else {
      out += line('+', shown(got[j++], expected));
    }
  }
  return out;
}

}  // namespace

std::string difference(const Rows& expected, const Rows& got, bool in_order) {
  const bool is_small = expected.size() <= kMaxCompared && got.size() <= kMaxCompared;
  return in_order && is_small ? ordered(expected, got) : unordered(expected, got);
}

}  // namespace daybook::app

#include "sources/kinds/postgres/events/event_position.h"

#include <charconv>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace daybook::sources::postgres {
namespace {

std::unexpected<Error> broken(std::string_view text) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("header {} holds '{}', which is no position", kPositionHeader, text));
}

template <class Number>
bool parse_whole(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && next == end;
}

}  // namespace

void write_position(const StreamPosition& position, std::string& out) {
  out.clear();
  fmt::format_to(std::back_inserter(out), "{:X}/{:X} {} {}", position.commit.value >> 32,
                 position.commit.value & 0xffffffff, position.change, position.part);
}

void write_position(Lsn snapshot, const std::vector<std::string_view>& key, std::string& out) {
  out = to_string(snapshot);
  out += " r [";
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (i > 0) out += ',';
    append_json_text(key[i], out);
  }
  out += ']';
}

Result<EventPosition> parse_position(std::string_view text) {
  const auto first = text.find(' ');
  const auto second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos) return broken(text);
  const auto lsn = parse_lsn(text.substr(0, first));
  if (!lsn) return broken(text);
  const auto middle = text.substr(first + 1, second - first - 1);
  const auto rest = text.substr(second + 1);
  if (middle != "r") {
    StreamPosition position{*lsn, 0, 0};
    if (!parse_whole(middle, position.change) || !parse_whole(rest, position.part)) {
      return broken(text);
    }
    return position;
  }
  const auto key = nlohmann::json::parse(rest, nullptr, /*allow_exceptions=*/false);
  if (!key.is_array() || key.empty()) return broken(text);
  SnapshotPosition position{*lsn, {}};
  for (const auto& part : key) {
    if (!part.is_string()) return broken(text);
    position.key.push_back(part.get<std::string>());
  }
  return position;
}

}  // namespace daybook::sources::postgres

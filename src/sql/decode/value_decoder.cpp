#include "sql/decode/value_decoder.h"

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstring>

#include "base/json_text.h"
#include "base/units.h"
#include "sql/calendar.h"
#include "sql/decode/connect_decimal.h"
#include "sql/uuid_text.h"

namespace daybook::sql {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kArenaBlock = 64 * 1024;
constexpr std::size_t kShownValue = 80;  // bytes of a value that an error message repeats
constexpr std::int64_t kFirstMicros = -62'135'596'800'000'000;  // 0001-01-01
constexpr std::int64_t kLastMicros = 253'402'300'799'999'999;   // the end of 9999
constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
constexpr int kNanosPerMicro = 1'000;
constexpr int kMaxDigits = 39;

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

std::optional<Int128> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  return parse_decimal(text, kMaxDigits, 0);
}

std::optional<Int128> micros_in_range(std::optional<Int128> value, Int128 unit) {
  if (!value || *value < kFirstMicros / unit || *value > kLastMicros / unit) return std::nullopt;
  return *value * unit;
}

// A number for a time of a day or of all time, as microseconds. Digits beyond those are cut off, as
// they are of text.
std::optional<Int128> parse_micros(std::string_view text, WrittenAs as, bool is_of_day) {
  auto form = as.form;
  if (form == ValueForm::kUsual) {
    form = as.is_change || is_of_day ? ValueForm::kMicros : ValueForm::kMillis;
  }
  const auto number = parse_integer(text);
  if (form == ValueForm::kMillis) return micros_in_range(number, kMicrosPerMs);
  if (form != ValueForm::kNanos || !number) return micros_in_range(number, 1);
  const bool is_cut = *number < 0 && *number % kNanosPerMicro != 0;
  return micros_in_range(*number / kNanosPerMicro - (is_cut ? 1 : 0), 1);
}

// What the scalar `text` is as a whole number of the column's type.
std::optional<Int128> parse_counted(ColumnType type, std::string_view text, bool is_text,
                                    WrittenAs as) {
  switch (type.id) {
    case TypeId::kBoolean:
      if (text == "true") return 1;
      if (text == "false") return 0;
      return std::nullopt;
    case TypeId::kDecimal:
      if (is_text && as.form == ValueForm::kUnscaled) return parse_unscaled(text);
      return parse_decimal(text, type.width, type.scale);
    case TypeId::kUuid:
      return is_text ? parse_uuid(text) : std::nullopt;
    case TypeId::kDate: {
      if (is_text) return parse_date(text);
      const auto days = parse_integer(text);
      return micros_in_range(days, kMicrosPerDay) ? days : std::nullopt;
    }
    case TypeId::kTime: {
      if (is_text) return parse_time(text);
      const auto micros = parse_micros(text, as, true);
      if (!micros || *micros < 0 || *micros >= kMicrosPerDay) return std::nullopt;
      return micros;
    }
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      if (is_text) return micros_in_range(parse_timestamp(text), 1);
      return parse_micros(text, as, false);
    default:
      return parse_integer(text);
  }
}

std::string misfit(ColumnType type, std::string_view text) {
  std::string shown(text.substr(0, kShownValue));
  if (text.size() > kShownValue) shown += "...";
  return shown + " is not a " + to_text(type);
}

bool push_real(std::string_view text, ColumnBuffer& column) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  if (column.type().id == TypeId::kFloat) {
    column.push(static_cast<float>(value));
  } else {
    column.push(value);
  }
  return true;
}

bool push_scalar(std::string_view text, bool is_text, WrittenAs as, ColumnBuffer& column) {
  if (column.type().is_real()) return push_real(text, column);
  const auto number = parse_counted(column.type(), text, is_text, as);
  if (!number || !column.fits(*number)) return false;
  column.push_integer(*number);
  return true;
}

// The characters between the quotes of `token`, escapes resolved; in the event itself if there are
// none.
simdjson::error_code text_of(ondemand::value value, std::string_view token, const EventText& event,
                             TextArena& arena, std::string_view& text) {
  if (token.size() < 2) return simdjson::STRING_ERROR;
  if (std::memchr(token.data(), '\\', token.size()) == nullptr) {
    text = event.lasting(token.substr(1, token.size() - 2));
    return simdjson::SUCCESS;
  }
  std::string_view unescaped;
  if (const auto error = value.get_string().get(unescaped)) return error;
  text = arena.keep(unescaped);
  return simdjson::SUCCESS;
}

std::string too_deep() {
  return "JSON of more than " + std::to_string(kMaxJsonLevels) + " levels";
}

std::optional<std::string> decode_scaled(ondemand::value value, TextArena& arena,
                                         ColumnBuffer& column) {
  ondemand::object object;
  std::int64_t scale = 0;
  std::string_view base64;
  auto error = value.get_object().get(object);
  if (!error) error = object["scale"].get_int64().get(scale);
  if (!error) error = object["value"].get_string().get(base64);
  const bool is_int = scale >= INT_MIN && scale <= INT_MAX;
  const auto text =
      error || !is_int ? std::nullopt : unscaled_text(base64, static_cast<int>(scale));
  if (!text) return "it is not an object with the scale and the value of a decimal";
  column.push_text(arena.keep(*text));
  return std::nullopt;
}

std::optional<std::string> decode_nested(ondemand::value value, bool is_object,
                                         const EventText& event, ColumnBuffer& column) {
  std::string_view raw;
  simdjson::error_code error;
  if (is_object) {
    ondemand::object object;
    error = value.get_object().get(object);
    if (!error) error = object.raw_json().get(raw);
  } else {
    ondemand::array array;
    error = value.get_array().get(array);
    if (!error) error = array.raw_json().get(raw);
  }
  if (error) return std::string("not JSON: ") + simdjson::error_message(error);
  const auto id = column.type().id;
  if (id != TypeId::kVarchar && id != TypeId::kJson) return misfit(column.type(), trimmed(raw));
  if (has_too_many_levels(raw)) return too_deep();
  column.push_text(event.lasting(trimmed(raw)));
  return std::nullopt;
}

}  // namespace

std::string_view TextArena::keep(std::string_view text) {
  if (text.size() > left_) {
    const auto size = std::max(kArenaBlock, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at_ = blocks_.back().get();
    left_ = size;
  }
  std::memcpy(at_, text.data(), text.size());
  const std::string_view kept(at_, text.size());
  at_ += text.size();
  left_ -= text.size();
  return kept;
}

void TextArena::clear() {
  blocks_.clear();
  at_ = nullptr;
  left_ = 0;
}

std::optional<std::string> decode_value(ondemand::value value, WrittenAs as, const EventText& event,
                                        TextArena& arena, ColumnBuffer& column) {
  const auto token = trimmed(value.raw_json_token());
  if (token.empty()) return "not JSON: a value is missing";
  if (token == "null") {
    column.push_null();
    return std::nullopt;
  }
  const char first = token.front();
  if (first == '{' && as.form == ValueForm::kScaled) return decode_scaled(value, arena, column);
  if (first == '{' || first == '[') return decode_nested(value, first == '{', event, column);

  const auto id = column.type().id;
  const bool is_text = first == '"';
  if (!is_text && first != '-' && (first < '0' || first > '9') && token != "true" &&
      token != "false") {
    return "not JSON: " + std::string(token.substr(0, kShownValue));
  }
  if (id == TypeId::kJson && !(is_text && as.is_change)) {
    column.push_text(event.lasting(token));
    return std::nullopt;
  }
  std::string_view text = token;
  if (is_text) {
    if (const auto error = text_of(value, token, event, arena, text)) {
      return std::string("not JSON: ") + simdjson::error_message(error);
    }
  } else {
    text = event.lasting(token);
  }
  if (id == TypeId::kJson && has_too_many_levels(text)) return too_deep();
  if (id == TypeId::kVarchar || id == TypeId::kJson) {
    column.push_text(text);
  } else if (!push_scalar(text, is_text, as, column)) {
    return misfit(column.type(), token);
  }
  return std::nullopt;
}

}  // namespace daybook::sql

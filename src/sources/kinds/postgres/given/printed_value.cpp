#include "sources/kinds/postgres/given/printed_value.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "sources/kinds/postgres/protocol/type_ids.h"

namespace daybook::sources::postgres {
namespace {

using Json = nlohmann::ordered_json;
using Text = std::optional<std::string>;

constexpr int kMaxSecondDigits = 6;

bool are_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A number in front of `text`, of so many digits; takes it and the `mark` behind it away.
bool take_number(std::string_view& text, std::size_t digits, char mark, int& number) {
  if (text.size() < digits || !are_digits(text.substr(0, digits))) return false;
  std::from_chars(text.data(), text.data() + digits, number);
  text.remove_prefix(digits);
  if (mark == '\0') return true;
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_number(text, 4, '-', year) || !take_number(text, 2, '-', month) ||
      !take_number(text, 2, '\0', day)) {
    return false;
  }
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(unsigned(month)),
                                     std::chrono::day(unsigned(day)))
      .ok();
}

// "12:30:05.250" becomes "12:30:05.25".
Text printed_time(std::string_view text) {
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  if (!take_number(text, 2, ':', hours) || !take_number(text, 2, '\0', minutes)) {
    return std::nullopt;
  }
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    if (!take_number(text, 2, '\0', seconds)) return std::nullopt;
  }
  if (hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  std::string out = fmt::format("{:02}:{:02}:{:02}", hours, minutes, seconds);
  if (text.empty()) return out;
  std::string_view fraction = text.substr(1);
  if (text[0] != '.' || !are_digits(fraction) || fraction.size() > kMaxSecondDigits) {
    return std::nullopt;
  }
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  return fraction.empty() ? out : out + "." + std::string(fraction);
}

Text printed_timestamp(std::string_view text) {
  std::string_view rest = text;
  if (!take_date(rest)) return std::nullopt;
  const std::string date(text.substr(0, text.size() - rest.size()));
  if (rest.empty()) return date + " 00:00:00";
  if (rest[0] != ' ' && rest[0] != 'T') return std::nullopt;
  const auto time = printed_time(rest.substr(1));
  return time ? Text(date + " " + *time) : std::nullopt;
}

Text printed_timestamp_tz(std::string_view text) {
  for (const std::string_view utc : {"Z", "+00:00", "+00"}) {
    if (!text.ends_with(utc)) continue;
    text.remove_suffix(utc.size());
    break;
  }
  const auto printed = printed_timestamp(text);
  return printed ? Text(*printed + "+00") : std::nullopt;
}

// Of NUMERIC(p,s) with as many digits behind the point as it has.
Text printed_numeric(std::string_view text, std::int32_t modifier) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const auto point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (!are_digits(whole) || (point != std::string_view::npos && !are_digits(fraction))) {
    return std::nullopt;
  }
  while (whole.size() > 1 && whole.starts_with('0')) whole.remove_prefix(1);
  if (modifier >= 4) {
    const auto precision = static_cast<std::size_t>((modifier - 4) >> 16);
    const auto scale = static_cast<std::size_t>((modifier - 4) & 0x7ff);
    if (fraction.size() > scale || whole.size() + scale > precision + (whole == "0" ? 1 : 0)) {
      return std::nullopt;
    }
    fraction.resize(scale, '0');
  }
  const std::string printed =
      fraction.empty() ? std::string(whole) : std::string(whole) + "." + fraction;
  const bool is_zero = printed.find_first_not_of("0.") == std::string::npos;
  return is_negative && !is_zero ? "-" + printed : printed;
}

template <class Number>
Text printed_integer(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::to_string(number);
}

Text printed_float(std::string_view text) {
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") return std::string(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return fmt::format("{}", number);
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, kShape, [](char c, char shape) {
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    return shape == 'x' ? is_hex : c == shape;
  });
}

bool is_bytes(std::string_view text) {
  return text.starts_with("\\x") && text.size() % 2 == 0 &&
         text.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

// What PostgreSQL prints, and what to say of the type if it is not that.
struct Printed {
  Text text;
  std::string_view needs;
};

Text text_if(bool is_good, std::string text) {
  return is_good ? Text(std::move(text)) : std::nullopt;
}

Printed print_as(const TableColumn& column, const Json& value) {
  const std::string text = value.is_string()
                               ? value.get<std::string>()
                               : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const bool is_scalar = value.is_string() || value.is_number();
  switch (column.type) {
    case type_id::kBool:
      return {text_if(value.is_boolean(), value.is_boolean() && value.get<bool>() ? "t" : "f"),
              "true or false"};
    case type_id::kBytea:
      return {text_if(is_bytes(text), text), "bytes as text, such as \"\\x0aff\""};
    case type_id::kInt8:
      return {is_scalar ? printed_integer<std::int64_t>(text) : std::nullopt,
              "a whole number of 64 bits"};
    case type_id::kInt2:
      return {is_scalar ? printed_integer<std::int16_t>(text) : std::nullopt,
              "a whole number of 16 bits"};
    case type_id::kInt4:
      return {is_scalar ? printed_integer<std::int32_t>(text) : std::nullopt,
              "a whole number of 32 bits"};
    case type_id::kJson:
    case type_id::kJsonb:
      return {text_if(!value.is_string() || Json::accept(text), text), "JSON"};
    case type_id::kFloat4:
    case type_id::kFloat8:
      return {is_scalar ? printed_float(text) : std::nullopt, "a number"};
    case type_id::kDate: {
      std::string_view rest = text;
      return {text_if(take_date(rest) && rest.empty(), text), "a date, such as 2026-01-31"};
    }
    case type_id::kTime:
      return {printed_time(text), "a time, such as 12:30:00"};
    case type_id::kTimestamp:
      return {printed_timestamp(text), "a time, such as 2026-01-31 12:30:00"};
    case type_id::kTimestamptz:
      return {printed_timestamp_tz(text), "a time in UTC, such as 2026-01-31 12:30:00+00"};
    case type_id::kNumeric:
      return {is_scalar ? printed_numeric(text, column.modifier) : std::nullopt,
              "a number that fits, with no more digits"};
    case type_id::kUuid:
      return {text_if(is_uuid(text), text), "a UUID in lower case"};
    default:
      return {text_if(value.is_string(), text), "text: put it in quotes"};
  }
}

}  // namespace

Result<std::optional<std::string>> printed_value(const TableColumn& column, const Json& value) {
  if (value.is_null()) return std::nullopt;
  auto printed = print_as(column, value);
  if (printed.text) return std::move(printed.text);
  return fail(ErrorCode::kInvalid,
              fmt::format("needs {}, not {}", printed.needs,
                          value.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace daybook::sources::postgres

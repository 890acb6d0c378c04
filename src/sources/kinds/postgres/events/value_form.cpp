#include "sources/kinds/postgres/events/value_form.h"

#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/json_text.h"
#include "sources/kinds/postgres/protocol/type_ids.h"

namespace daybook::sources::postgres {
namespace {

constexpr int kMaxDecimalDigits = 38;  // of DuckDB's DECIMAL
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// NUMERIC(p,s) packs both into its type modifier; the scale has 11 bits and a sign.
std::string decimal_type(std::int32_t modifier) {
  if (modifier < 4) return "VARCHAR";  // without a precision there is no DECIMAL that fits all
  const int precision = ((modifier - 4) >> 16) & 0xffff;
  const int scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  if (precision > kMaxDecimalDigits || scale < 0 || scale > precision) return "VARCHAR";
  return fmt::format("DECIMAL({},{})", precision, scale);
}

// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, counted in eras of 400 years
// that begin in March, so that the leap day is the last of its year.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  constexpr std::int64_t kDaysPerEra = 146'097;
  constexpr std::int64_t kDaysToUnixEpoch = 719'468;
  return era * kDaysPerEra + static_cast<std::int64_t>(day_of_era) - kDaysToUnixEpoch;
}

// Reads forward; any step that does not fit makes the whole text unreadable.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  template <class Number>
  Scanner& number(Number& value) {
    const auto [next, error] = std::from_chars(at_, end_, value);
    if (error != std::errc()) failed_ = true;
    at_ = next;
    return *this;
  }
  Scanner& letter(char wanted) {
    if (!next_is(wanted)) failed_ = true;
    if (!failed_) ++at_;
    return *this;
  }
  bool next_is(char wanted) const { return !failed_ && at_ != end_ && *at_ == wanted; }
  // ".123456", at most six digits, in microseconds; nothing is 0.
  Scanner& fraction(std::int64_t& micros) {
    micros = 0;
    if (!next_is('.')) return *this;
    ++at_;
    int digits = 0;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9' && digits < 6; ++at_, ++digits) {
      micros = micros * 10 + (*at_ - '0');
    }
    for (; digits < 6; ++digits) micros *= 10;
    return *this;
  }
  bool before_christ() {
    if (failed_ || end_ - at_ != 3 || std::string_view(at_, 3) != " BC") return false;
    at_ = end_;
    return true;
  }
  bool done() const { return !failed_ && at_ == end_; }
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

 private:
  const char* at_;
  const char* end_;
  bool failed_ = false;
};

struct Civil {
  std::int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
  std::int64_t days(bool before_christ) const {
    return days_from_civil(before_christ ? 1 - year : year, month, day);
  }
};

Scanner& scan_date(Scanner& scanner, Civil& date) {
  return scanner.number(date.year).letter('-').number(date.month).letter('-').number(date.day);
}

Scanner& scan_time(Scanner& scanner, std::int64_t& micros) {
  unsigned hours = 0;
  unsigned minutes = 0;
  unsigned seconds = 0;
  scanner.number(hours).letter(':').number(minutes).letter(':').number(seconds).fraction(micros);
  micros += (std::int64_t{hours} * 3600 + minutes * 60 + seconds) * kMicrosPerSecond;
  return scanner;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  // DuckDB's own marks of infinity.
  if (text == "infinity") return std::numeric_limits<std::int32_t>::max();
  if (text == "-infinity") return -std::numeric_limits<std::int32_t>::max();
  Scanner scanner(text);
  Civil date;
  scan_date(scanner, date);
  const bool before_christ = scanner.before_christ();
  if (!scanner.done()) return std::nullopt;
  return date.days(before_christ);
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  if (text == "infinity") return std::numeric_limits<std::int64_t>::max();
  if (text == "-infinity") return -std::numeric_limits<std::int64_t>::max();
  Scanner scanner(text);
  Civil date;
  std::int64_t micros = 0;
  scan_time(scan_date(scanner, date).letter(' '), micros);
  const bool before_christ = scanner.before_christ();
  if (!scanner.done()) return std::nullopt;
  return date.days(before_christ) * kMicrosPerDay + micros;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  Scanner scanner(text);
  std::int64_t micros = 0;
  scan_time(scanner, micros);
  return scanner.done() ? std::optional(micros) : std::nullopt;
}

// "2026-11-23 15:11:00.5+00" becomes "2026-11-23T15:11:00.5Z"; what is before Christ or infinite
// stays as PostgreSQL writes it.
void append_timestamp_tz(std::string_view text, std::string& out) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos || !text.ends_with("+00")) {
    append_json_text(text, out);
    return;
  }
  out += '"';
  out.append(text.substr(0, space));
  out += 'T';
  out.append(text.substr(space + 1, text.size() - space - 4));
  out += "Z\"";
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// "\x0aff" becomes base64.
void append_bytes(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!text.starts_with("\\x") || text.size() % 2 != 0) return append_json_text(text, out);
  const auto byte_at = [&](std::size_t at) -> unsigned {
    return static_cast<unsigned>(hex_digit(text[at]) << 4 | hex_digit(text[at + 1])) & 0xff;
  };
  out += '"';
  for (std::size_t at = 2; at < text.size(); at += 6) {
    const std::size_t left = (text.size() - at) / 2;
    const unsigned group = byte_at(at) << 16 | (left > 1 ? byte_at(at + 2) << 8 : 0) |
                           (left > 2 ? byte_at(at + 4) : 0);
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += left > 1 ? kDigits[group >> 6 & 63] : '=';
    out += left > 2 ? kDigits[group & 63] : '=';
  }
  out += '"';
}

void append_parsed(std::optional<std::int64_t> number, std::string_view text, std::string& out) {
  if (number) {
    append_number(*number, out);
  } else {
    append_json_text(text, out);
  }
}

}  // namespace

ColumnType column_type(std::uint32_t type, std::int32_t modifier, DecimalForm decimals) {
  switch (type) {
    case type_id::kBool:
      return {Form::kBoolean, "BOOLEAN"};
    case type_id::kInt2:
    case type_id::kInt4:
      return {Form::kNumber, "INTEGER"};
    case type_id::kInt8:
    case type_id::kOid:
      return {Form::kNumber, "BIGINT"};
    case type_id::kFloat4:
    case type_id::kFloat8:
      return {Form::kFloat, "DOUBLE"};
    case type_id::kNumeric:
      if (decimals == DecimalForm::kDouble) return {Form::kFloat, "DOUBLE"};
      return {Form::kText, decimal_type(modifier)};
    case type_id::kDate:
      return {Form::kDate, "DATE"};
    case type_id::kTime:
      return {Form::kTimeOfDay, "BIGINT"};
    case type_id::kTimestamp:
      return {Form::kTimestamp, "TIMESTAMP"};
    case type_id::kTimestamptz:
      return {Form::kTimestampTz, "TIMESTAMPTZ"};
    case type_id::kUuid:
      return {Form::kText, "UUID"};
    case type_id::kJson:
    case type_id::kJsonb:
      return {Form::kText, "JSON"};
    case type_id::kBytea:
      return {Form::kBytes, "VARCHAR"};
    default:
      return {};
  }
}

void append_value(Form form, std::string_view text, std::string& out) {
  switch (form) {
    case Form::kBoolean:
      out += text == "t" ? "true" : "false";
      return;
    case Form::kNumber:
      out += text;
      return;
    case Form::kFloat:
      if (text == "NaN" || text.ends_with("Infinity")) return append_json_text(text, out);
      out += text;
      return;
    case Form::kText:
      return append_json_text(text, out);
    case Form::kDate:
      return append_parsed(parse_date(text), text, out);
    case Form::kTimestamp:
      return append_parsed(parse_timestamp(text), text, out);
    case Form::kTimestampTz:
      return append_timestamp_tz(text, out);
    case Form::kTimeOfDay:
      return append_parsed(parse_time(text), text, out);
    case Form::kBytes:
      return append_bytes(text, out);
  }
}

}  // namespace daybook::sources::postgres

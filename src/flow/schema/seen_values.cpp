#include "flow/schema/seen_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "sql/column_type.h"

namespace daybook::flow {
namespace {

constexpr int kMostDigits = 38;
constexpr int kBigintDigits = 19;
constexpr int kDoubleDigits = 15;    // that every DOUBLE gives back
constexpr int kLeastScale = 2;       // so that 12.25 has a place where 12.5 came first
constexpr int kMostOfAmounts = 9;    // digits behind the point; more are measurements
constexpr int kLongestExponent = 5;  // digits of it

struct Digits {
  std::string all;   // without zeros in front, and without those at the end
  int exponent = 0;  // of ten, that they are multiplied by
};

// A number as JSON writes it. Huge exponents are cut to one that no DECIMAL has, either.
Digits digits_of(std::string_view text) {
  Digits digits;
  const auto mark = text.find_first_of("eE");
  for (bool is_behind = false; const char c : text.substr(0, mark)) {
    if (c == '.') is_behind = true;
    if (c < '0' || c > '9') continue;
    if (!digits.all.empty() || c != '0') digits.all += c;
    if (is_behind) --digits.exponent;
  }
  if (mark != std::string_view::npos) {
    auto exponent = text.substr(mark + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    int value = 0;
    std::from_chars(exponent.data(),
                    exponent.data() + std::min<std::size_t>(exponent.size(), kLongestExponent),
                    value);
    digits.exponent += value;
  }
  return digits;
}

Digits normalised(Digits digits) {
  while (digits.all.ends_with('0')) {
    digits.all.pop_back();
    ++digits.exponent;
  }
  return digits;
}

// Whether the DOUBLE next to the number, in its shortest text, has the same digits.
bool is_exact_as_double(std::string_view text, const Digits& digits) {
  const auto wanted = normalised(digits);
  if (wanted.all.size() <= kDoubleDigits) return true;
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
    return false;
  std::array<char, 64> shortest;
  const auto end = std::to_chars(shortest.begin(), shortest.end(), value).ptr;
  const auto got = normalised(digits_of({shortest.begin(), end}));
  return got.all == wanted.all && got.exponent == wanted.exponent;
}

}  // namespace

void SeenValues::take(const EventField& field) {
  boolean_ = boolean_ || field.kind == ValueKind::kBoolean;
  text_ = text_ || field.kind == ValueKind::kText;
  nested_ = nested_ || field.kind == ValueKind::kNested;
  if (field.kind == ValueKind::kNumber) take_number(field.number);
}

void SeenValues::take_number(std::string_view text) {
  number_ = true;
  const auto digits = digits_of(text);
  const auto count = static_cast<int>(std::min<std::size_t>(digits.all.size(), 1'000));
  const int scale = std::max(0, -digits.exponent);
  const int whole = std::max(0, count + digits.exponent);
  is_fraction_ = is_fraction_ || text.find_first_of(".eE") != std::string_view::npos;
  needs_digits_ = needs_digits_ || !is_exact_as_double(text, digits);
  std::int64_t value = 0;
  is_huge_ = is_huge_ || std::from_chars(text.data(), text.data() + text.size(), value).ec ==
                             std::errc::result_out_of_range;
  if (scale + whole > kMostDigits) {
    is_beyond_ = true;
    return;
  }
  scale_ = std::max(scale_, scale);
  whole_ = std::max(whole_, whole);
}

bool SeenValues::take_type(std::string_view text) {
  const auto type = sql::parse_type(text);
  if (!type) return false;
  switch (type->id) {
    case sql::TypeId::kBoolean:
      boolean_ = true;
      return true;
    case sql::TypeId::kVarchar:
      text_ = true;
      return true;
    case sql::TypeId::kJson:
      nested_ = true;
      return true;
    case sql::TypeId::kDouble:
      is_double_ = is_fraction_ = true;
      break;
    case sql::TypeId::kBigint:
      whole_ = kBigintDigits;
      break;
    case sql::TypeId::kHugeint:
      is_huge_ = true;
      break;
    case sql::TypeId::kDecimal:
      if (type->width != kMostDigits) return false;
      is_fraction_ = true;
      scale_ = type->scale;
      break;
    default:
      return false;
  }
  number_ = needs_digits_ = true;
  return true;
}

void SeenValues::widen(const EventField& field) {
  if (field.kind != ValueKind::kNumber || !number_) return;
  auto wider = *this;
  wider.take(field);
  const std::string none;
  if (wider.type(none) != none) *this = wider;
}

std::string SeenValues::type(const std::string& mixed) const {
  const int kinds = int{boolean_} + int{text_} + int{nested_} + int{number_};
  if (kinds != 1) return mixed;
  if (nested_) return "JSON";
  if (boolean_) return "BOOLEAN";
  return text_ ? "VARCHAR" : number_type(mixed);
}

std::string SeenValues::number_type(const std::string& mixed) const {
  if (is_double_) return "DOUBLE";
  if (is_beyond_) return needs_digits_ ? mixed : "DOUBLE";
  if (!is_fraction_) return is_huge_ ? "HUGEINT" : "BIGINT";
  const bool is_measured = scale_ == 0 || scale_ > kMostOfAmounts;
  if (is_measured && !needs_digits_) return "DOUBLE";
  const int scale = std::max(scale_, kLeastScale);
  if (whole_ + scale > kMostDigits) return mixed;
  return to_text(sql::ColumnType{sql::TypeId::kDecimal, kMostDigits, scale});
}

}  // namespace daybook::flow

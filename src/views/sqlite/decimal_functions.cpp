#include "views/sqlite/decimal_functions.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/int128.h"

namespace daybook::views::sqlite {
namespace {

using sql::Int128;

constexpr int kMaxDigits = 38;

// value / 10^scale
struct Decimal {
  Int128 value = 0;
  int scale = 0;
};

std::optional<Decimal> parse(std::string_view text) {
  const auto point = text.find('.');
  const auto behind = point == std::string_view::npos ? 0 : text.size() - point - 1;
  if (behind > kMaxDigits || text.find_first_of("eE") != std::string_view::npos) {
    return std::nullopt;
  }
  const auto scale = static_cast<int>(behind);
  const auto value = sql::parse_decimal(text, kMaxDigits + 1, scale);
  if (!value) return std::nullopt;
  return Decimal{*value, scale};
}

std::optional<Int128> scaled(const Decimal& decimal, int scale) {
  Int128 value;
  if (__builtin_mul_overflow(decimal.value, sql::power_of_ten(scale - decimal.scale), &value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<Decimal> add(const Decimal& a, const Decimal& b, bool negate) {
  const int scale = std::max(a.scale, b.scale);
  const auto left = scaled(a, scale);
  const auto right = scaled(b, scale);
  if (!left || !right) return std::nullopt;
  const auto sum = negate ? sql::checked_subtract(*left, *right) : sql::checked_add(*left, *right);
  if (!sum) return std::nullopt;
  return Decimal{*sum, scale};
}

int compare(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale, b.scale);
  const auto left = scaled(a, scale);
  const auto right = scaled(b, scale);
  // What leaves the range at the common scale is further from zero than what does not.
  if (!left || !right) {
    const auto sign = [](const Decimal& d) { return d.value < 0 ? -1 : 1; };
    return !left ? sign(a) : -sign(b);
  }
  return *left < *right ? -1 : *left > *right ? 1 : 0;
}

std::optional<Decimal> argument(sqlite3_context* context, sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  const auto decimal = text == nullptr ? std::nullopt : parse({text, size});
  if (!decimal) sqlite3_result_error(context, "not a decimal number of up to 38 digits", -1);
  return decimal;
}

void result(sqlite3_context* context, const std::optional<Decimal>& decimal) {
  if (!decimal) return sqlite3_result_error(context, "a decimal leaves 38 digits", -1);
  const auto text = sql::to_text(decimal->value, decimal->scale);
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

bool has_null(int count, sqlite3_value** values) {
  return std::any_of(values, values + count,
                     [](sqlite3_value* value) { return sqlite3_value_type(value) == SQLITE_NULL; });
}

template <bool Negate>
void add_function(sqlite3_context* context, int count, sqlite3_value** values) {
  if (has_null(count, values)) return;
  const auto a = argument(context, values[0]);
  const auto b = argument(context, values[1]);
  if (a && b) result(context, add(*a, *b, Negate));
}

void compare_function(sqlite3_context* context, int count, sqlite3_value** values) {
  if (has_null(count, values)) return;
  const auto a = argument(context, values[0]);
  const auto b = argument(context, values[1]);
  if (a && b) sqlite3_result_int(context, compare(*a, *b));
}

// SQLite aligns an aggregate's memory to 8 bytes, and zeroes it; an Int128 wants 16.
struct Sum {
  std::array<std::uint64_t, 2> value;
  int scale;
  bool any;
  bool failed;

  Decimal get() const { return {std::bit_cast<Int128>(value), scale}; }
  void set(const Decimal& decimal) {
    value = std::bit_cast<std::array<std::uint64_t, 2>>(decimal.value);
    scale = decimal.scale;
  }
};

void sum_step(sqlite3_context* context, int count, sqlite3_value** values) {
  auto* sum = static_cast<Sum*>(sqlite3_aggregate_context(context, sizeof(Sum)));
  if (sum == nullptr || sum->failed || has_null(count, values)) return;
  const auto term = argument(context, values[0]);
  const auto total = term ? add(sum->get(), *term, false) : std::nullopt;
  sum->any = true;
  sum->failed = !total;
  if (total) sum->set(*total);
}

void sum_result(sqlite3_context* context) {
  const auto* sum = static_cast<Sum*>(sqlite3_aggregate_context(context, 0));
  if (sum == nullptr || !sum->any) return;
  result(context, sum->failed ? std::nullopt : std::optional(sum->get()));
}

// What is no number comes before all numbers, by its bytes.
int collate(void*, int size_a, const void* a, int size_b, const void* b) {
  const std::string_view left(static_cast<const char*>(a), static_cast<std::size_t>(size_a));
  const std::string_view right(static_cast<const char*>(b), static_cast<std::size_t>(size_b));
  const auto first = parse(left);
  const auto second = parse(right);
  if (first && second) return compare(*first, *second);
  if (first || second) return first ? 1 : -1;
  return left.compare(right);
}

}  // namespace

Status add_decimal_functions(Database& database) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  auto* db = database.get();
  const auto scalar = [&](const char* name, auto function) {
    return sqlite3_create_function(db, name, 2, kFlags, nullptr, function, nullptr, nullptr);
  };
  const bool added =
      scalar("decimal_add", add_function<false>) == SQLITE_OK &&
      scalar("decimal_sub", add_function<true>) == SQLITE_OK &&
      scalar("decimal_cmp", compare_function) == SQLITE_OK &&
      sqlite3_create_function(db, "decimal_sum", 1, kFlags, nullptr, nullptr, sum_step,
                              sum_result) == SQLITE_OK &&
      sqlite3_create_collation(db, "decimal", SQLITE_UTF8, nullptr, collate) == SQLITE_OK;
  if (!added) return std::unexpected(last_error(db, "cannot add the decimal functions"));
  return {};
}

}  // namespace daybook::views::sqlite

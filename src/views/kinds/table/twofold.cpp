#include "views/kinds/table/twofold.h"

#include <cmath>

namespace daybook::views::table {
namespace {

// Exact if |a| >= |b|. What is not finite has no lower part.
Twofold ordered_sum(double a, double b) {
  const double high = a + b;
  return {high, std::isfinite(high) ? b - (high - a) : 0};
}

}  // namespace

Twofold Twofold::sum(double a, double b) {
  const double high = a + b;
  if (!std::isfinite(high)) return {high, 0};
  const double part = high - a;
  return {high, (a - (high - part)) + (b - part)};
}

Twofold Twofold::product(double a, double b) {
  const double high = a * b;
  return {high, std::isfinite(high) ? std::fma(a, b, -high) : 0};
}

Twofold operator+(Twofold a, Twofold b) {
  auto high = Twofold::sum(a.high, b.high);
  const auto low = Twofold::sum(a.low, b.low);
  high = ordered_sum(high.high, high.low + low.high);
  return ordered_sum(high.high, high.low + low.low);
}

Twofold operator-(Twofold a, Twofold b) {
  return a + Twofold{-b.high, -b.low};
}

Twofold operator*(Twofold a, Twofold b) {
  const auto product = Twofold::product(a.high, b.high);
  return ordered_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

Twofold operator/(Twofold a, double b) {
  const double quotient = a.high / b;
  const auto rest = a - Twofold::product(quotient, b);
  return ordered_sum(quotient, rest.value() / b);
}

}  // namespace daybook::views::table

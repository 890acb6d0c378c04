// A number as the unevaluated sum of two doubles, the larger one rounded from the whole: about 32
// decimal digits. What was added and is taken back leaves nothing behind, whatever came between.
// (T. J. Dekker, "A floating-point technique for extending the available precision", 1971.)

#pragma once

namespace daybook::views::table {

struct Twofold {
  double high = 0;
  double low = 0;

  static Twofold sum(double a, double b);
  static Twofold product(double a, double b);

  double value() const { return high + low; }
};

Twofold operator+(Twofold a, Twofold b);
Twofold operator-(Twofold a, Twofold b);
Twofold operator*(Twofold a, Twofold b);
Twofold operator/(Twofold a, double b);

}  // namespace daybook::views::table

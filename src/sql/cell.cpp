#include "sql/cell.h"

#include <cmath>
#include <cstring>

namespace daybook::sql {
namespace {

template <class T>
void append_bytes(std::string& key, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  key.append(bytes, sizeof(T));
}

std::weak_ordering compare_reals(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  return std::weak_order(a, b);
}

}  // namespace

std::weak_ordering compare(const Cell& a, const Cell& b) {
  switch (a.kind) {
    case Cell::Kind::kInteger:
      return a.integer < b.integer   ? std::weak_ordering::less
             : a.integer > b.integer ? std::weak_ordering::greater
                                     : std::weak_ordering::equivalent;
    case Cell::Kind::kReal:
      return compare_reals(a.real, b.real);
    default:
      return a.text.compare(b.text) <=> 0;
  }
}

void append_key(std::string& key, const Cell& cell) {
  key += static_cast<char>(cell.kind);
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return;
    case Cell::Kind::kInteger:
      return append_bytes(key, cell.integer);
    case Cell::Kind::kReal:
      // One zero and one NaN, as GROUP BY has them.
      if (std::isnan(cell.real)) return append_bytes(key, std::nan(""));
      return append_bytes(key, cell.real == 0 ? 0.0 : cell.real);
    case Cell::Kind::kText:
      append_bytes(key, static_cast<std::uint32_t>(cell.text.size()));
      key += cell.text;
  }
}

}  // namespace daybook::sql

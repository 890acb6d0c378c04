#include "views/kinds/table/aggregate_merge.h"

#include <algorithm>
#include <cmath>

#include "views/kinds/table/twofold.h"

namespace daybook::views::table {
namespace {

using sql::Aggregate;
using sql::AggregateKind;
using sql::Cell;
using sql::ColumnType;
using sql::Int128;
using sql::kNone;
using sql::TypeId;

constexpr int kDecimalDigits = 38;

const Cell kNullCell;

const Cell& at(const std::vector<Cell>& cells, int index) {
  return index == kNone ? kNullCell : cells[static_cast<std::size_t>(index)];
}

Cell& at(std::vector<Cell>& cells, int index) {
  return cells[static_cast<std::size_t>(index)];
}

bool in_range(Int128 value, ColumnType type) {
  if (type.id != TypeId::kDecimal) return true;
  const auto bound = sql::power_of_ten(kDecimalDigits);
  return value > -bound && value < bound;
}

Status add_integer(Cell& sum, const Cell& term, bool negate, ColumnType type) {
  if (term.is_null()) return {};
  const Int128 before = sum.is_null() ? 0 : sum.integer;
  const auto after =
      negate ? sql::checked_subtract(before, term.integer) : sql::checked_add(before, term.integer);
  if (!after || !in_range(*after, type)) {
    return fail(ErrorCode::kInvalid, "a sum leaves the range of " + to_text(type) +
                                         ": sum a smaller number, or cast it to DOUBLE");
  }
  sum.set_integer(*after);
  return {};
}

Twofold load_twofold(const Cell& high, const Cell& low) {
  return {high.is_null() ? 0 : high.real, low.is_null() ? 0 : low.real};
}

void store_twofold(Twofold value, Cell& high, Cell& low) {
  high.set_real(value.high);
  low.set_real(value.low);
}

// The sum alone is the pair, rounded.
void add_real(Cell& sum, Cell& low, const Cell& term, bool negate) {
  if (term.is_null()) return;
  const Twofold added{negate ? -term.real : term.real, 0};
  store_twofold(load_twofold(sum, low) + added, sum, low);
}

Status merge_sum(const Aggregate& aggregate, const StoredAggregate& stored,
                 const std::vector<Cell>& part, std::vector<Cell>& row) {
  const bool is_avg = aggregate.kind == AggregateKind::kAvg;
  auto& sum = at(row, is_avg ? stored.sum : stored.value);
  const auto& plus = at(part, aggregate.value);
  const auto& minus = at(part, aggregate.minus);
  if (aggregate.state_type.is_real()) {
    auto& low = at(row, stored.low);
    add_real(sum, low, plus, false);
    add_real(sum, low, minus, true);
  } else {
    DAYBOOK_TRY_VOID(add_integer(sum, plus, false, aggregate.state_type));
    DAYBOOK_TRY_VOID(add_integer(sum, minus, true, aggregate.state_type));
  }
  if (stored.count != kNone) {
    auto& count = at(row, stored.count);
    add_count(count, at(part, aggregate.count));
    if (count.integer == 0) {
      sum.set_null();
      if (stored.low != kNone) at(row, stored.low).set_null();
    }
  }
  return {};
}

void show_average(const Aggregate& aggregate, const StoredAggregate& stored,
                  std::vector<Cell>& row) {
  auto& shown = at(row, stored.value);
  const auto& sum = at(row, stored.sum);
  const auto count = at(row, stored.count).integer;
  if (sum.is_null() || count <= 0) return shown.set_null();
  if (sum.kind == Cell::Kind::kReal) return shown.set_real(sum.real / static_cast<double>(count));
  // As DuckDB divides: in long double, the scale together with the count.
  const auto divisor = static_cast<long double>(count) *
                       static_cast<long double>(sql::power_of_ten(aggregate.state_type.scale));
  shown.set_real(static_cast<double>(static_cast<long double>(sum.integer) / divisor));
}

// By what it sorts by, where it has an order of its own, then by its place.
void merge_chosen(const Aggregate& aggregate, const StoredAggregate& stored,
                  const std::vector<Cell>& part, const EventPlace& place, std::vector<Cell>& row) {
  if (at(part, aggregate.order).is_null()) return;  // no row passed the filter
  const auto& by = at(part, aggregate.by);
  if (!at(row, stored.place).is_null()) {
    const auto known = load_place(row, stored.place);
    const auto by_key =
        aggregate.by == kNone ? std::weak_ordering::equivalent : compare(by, at(row, stored.by));
    const bool is_before = by_key < 0 || (by_key == 0 && place < known);
    const bool is_after = by_key > 0 || (by_key == 0 && place > known);
    if (aggregate.kind == AggregateKind::kFirst ? !is_before : !is_after) return;
  }
  at(row, stored.value) = at(part, aggregate.value);
  if (aggregate.by != kNone) at(row, stored.by) = by;
  store_place(row, stored.place, place);
}

}  // namespace

void store_place(std::vector<Cell>& row, int index, const EventPlace& place) {
  at(row, index).set_integer(place.time_ms);
  at(row, index + 1).set_integer(place.partition);
  at(row, index + 2).set_integer(place.offset);
}

EventPlace load_place(const std::vector<Cell>& row, int index) {
  const auto number = [&](int i) { return static_cast<std::int64_t>(at(row, index + i).integer); };
  return {number(0), number(1), number(2)};
}

void add_count(Cell& count, const Cell& difference) {
  count.set_integer((count.is_null() ? 0 : count.integer) +
                    (difference.is_null() ? 0 : difference.integer));
}

Status merge_aggregate(const Aggregate& aggregate, const StoredAggregate& stored,
                       const std::vector<Cell>& part, const EventPlace& place,
                       std::vector<Cell>& row) {
  if (aggregate.side != kNone) return {};
  auto& shown = at(row, stored.value);
  const auto& value = at(part, aggregate.value);
  switch (aggregate.kind) {
    case AggregateKind::kCount:
      add_count(shown, value);
      return {};
    case AggregateKind::kSum:
      return merge_sum(aggregate, stored, part, row);
    case AggregateKind::kAvg:
      DAYBOOK_TRY_VOID(merge_sum(aggregate, stored, part, row));
      show_average(aggregate, stored, row);
      return {};
    case AggregateKind::kMin:
      if (!value.is_null() && (shown.is_null() || compare(value, shown) < 0)) shown = value;
      return {};
    case AggregateKind::kMax:
      if (!value.is_null() && (shown.is_null() || compare(value, shown) > 0)) shown = value;
      return {};
    case AggregateKind::kFirst:
    case AggregateKind::kLast:
      merge_chosen(aggregate, stored, part, place, row);
      return {};
    case AggregateKind::kVarPop:
    case AggregateKind::kVarSamp:
    case AggregateKind::kStddevPop:
    case AggregateKind::kStddevSamp:
    case AggregateKind::kList:
    case AggregateKind::kDistinct:
      break;  // have a side
  }
  return {};
}

// The moments are about the first value of the group, not about zero, so that a small spread of
// large values is not lost beside their squares.
void merge_spread(const StoredAggregate& stored, double value, std::int64_t times,
                  std::vector<Cell>& row) {
  const auto add = [&](int index, Twofold term) {
    auto& high = at(row, index);
    auto& low = at(row, index + 1);
    store_twofold(load_twofold(high, low) + term, high, low);
  };
  auto& origin = at(row, stored.origin);
  if (origin.is_null()) origin.set_real(value);
  const auto distance = Twofold::sum(value, -origin.real);
  const Twofold weight{static_cast<double>(times), 0};
  add(stored.sum, distance * weight);
  add(stored.square, distance * distance * weight);

  auto& count = at(row, stored.count);
  count.set_integer((count.is_null() ? 0 : count.integer) + times);
  if (count.integer != 0) return;
  for (const int column :
       {stored.origin, stored.sum, stored.low, stored.square, stored.square + 1}) {
    at(row, column).set_null();
  }
}

void show_spread(const Aggregate& aggregate, const StoredAggregate& stored,
                 std::vector<Cell>& row) {
  auto& shown = at(row, stored.value);
  const auto& counted = at(row, stored.count);
  const bool is_sample =
      aggregate.kind == AggregateKind::kVarSamp || aggregate.kind == AggregateKind::kStddevSamp;
  const double count = counted.is_null() ? 0 : static_cast<double>(counted.integer);
  if (count <= (is_sample ? 1 : 0)) return shown.set_null();
  const auto sum = load_twofold(at(row, stored.sum), at(row, stored.sum + 1));
  const auto square = load_twofold(at(row, stored.square), at(row, stored.square + 1));
  const auto around_mean = square - sum * sum / count;
  const double variance = std::max(0.0, (around_mean / (is_sample ? count - 1 : count)).value());
  const bool is_root =
      aggregate.kind == AggregateKind::kStddevPop || aggregate.kind == AggregateKind::kStddevSamp;
  shown.set_real(is_root ? std::sqrt(variance) : variance);
}

}  // namespace daybook::views::table

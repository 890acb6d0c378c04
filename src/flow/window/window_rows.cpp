#include "flow/window/window_rows.h"

#include <set>
#include <tuple>

#include "flow/remembered/event_keys.h"

namespace daybook::flow {
namespace {

// RowRecord::order has the number of the window above, and below it that of the row, behind those
// of tombstones.
constexpr int kNumberShift = 32;
constexpr std::int64_t kIsRow = std::int64_t{1} << 31;

}  // namespace

// If the SQL fails, the halves one after the other, down to the window that it fails on.
Status WindowRows::compute(std::span<const EmittedWindow> windows, RowOutput& out,
                           const Failed& failed) {
  if (windows.empty()) return {};
  const auto rows_before = out.size();
  auto done = run(windows, out);
  if (done || done.error().code != ErrorCode::kInvalid) return done;
  out.shrink(rows_before);
  if (windows.size() > 1) {
    const auto middle = windows.size() / 2;
    DAYBOOK_TRY_VOID(compute(windows.first(middle), out, failed));
    return compute(windows.subspan(middle), out, failed);
  }
  failed(windows.front(), done.error().message);
  return {};
}

Status WindowRows::run(std::span<const EmittedWindow> windows, RowOutput& out) {
  std::vector<sql::InputEvent> events;
  std::vector<std::size_t> origins;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    for (const auto& event : windows[i].window.events) {
      events.push_back(event->event());
      events.back().group = windows[i].window.place.start_ms;
      origins.push_back(i);
    }
  }
  const auto refused = batch_.decode(events);
  if (!refused.empty()) return fail(ErrorCode::kInvalid, refused.front().reason);
  DAYBOOK_TRY(const auto rows, statement_.run(batch_));
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, rows->next_chunk());
    if (!has_chunk) return {};
    for (std::size_t i = 0; i < rows->row_count(); ++i) {
      rows->read(0, i, cell_);
      const auto first_event = batch_.event_of(static_cast<std::size_t>(cell_.integer));
      DAYBOOK_TRY_VOID(take_row(*rows, i, windows[origins[first_event]], out));
    }
  }
}

Status WindowRows::take_row(const sql::Rows& rows, std::size_t i, const EmittedWindow& window,
                            RowOutput& out) {
  auto& row = out.add();
  const auto nth = static_cast<std::int64_t>(cell_.integer);
  auto fault = shape_.make(rows, i, row);
  row.record = window.record;
  row.order = static_cast<std::int64_t>(window.number) << kNumberShift | kIsRow | nth;
  // Nothing is taken from the event that it is emitted with: that is of another window, maybe.
  if (!row.key) row.key = value_of_key(window.window.place.key);
  if (!row.timestamp) row.timestamp = TimestampMs{window.time_ms};
  if (!row.headers) row.headers.emplace();
  if (!fault && spec_.withdraws() && !*row.key) {
    fault = "_key is NULL: a session's row could not be taken back";
  }
  if (!fault) fault = out.check(row);
  if (fault) return fail(ErrorCode::kInvalid, *fault);
  return {};
}

void withdraw(std::span<const RowRecord> earlier, RowOutput& out, std::size_t first) {
  using Place = std::tuple<std::size_t, std::optional<std::int32_t>, std::string>;
  const auto place_of = [](const RowRecord& row, std::size_t output) {
    return Place(output, row.partition, row.key->value_or(""));
  };
  std::set<Place> taken;
  for (const auto& row : out.rows().subspan(first)) {
    for (std::size_t i = 0; i < out.output_count(); ++i) {
      if ((row.outputs >> i & 1) != 0) taken.insert(place_of(row, i));
    }
  }
  for (const auto& row : earlier) {
    std::uint64_t outputs = 0;
    for (std::size_t i = 0; i < out.output_count(); ++i) {
      const bool is_gone = (row.outputs >> i & 1) != 0 && taken.insert(place_of(row, i)).second;
      if (is_gone) outputs |= std::uint64_t{1} << i;
    }
    if (outputs == 0) continue;
    auto& tombstone = out.add();
    tombstone.record = row.record;
    tombstone.order = row.order & ~kIsRow;
    tombstone.outputs = outputs;
    tombstone.key = row.key;
    tombstone.timestamp = row.timestamp;
    tombstone.headers.emplace();
    tombstone.partition = row.partition;
    tombstone.value.reset();
  }
}

}  // namespace daybook::flow

#include "views/lineage/row_replay.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace daybook::views {
namespace {

// What is not listed is applied this many events at a time.
constexpr std::size_t kAppliedAtOnce = 10'000;
constexpr std::size_t kMaxWaitingBytes = 32u << 20;
constexpr std::size_t kMaxListedBytes = 32u << 20;

std::size_t size_of(const std::optional<std::string>& text) {
  return text ? text->size() : 0;
}

std::size_t size_of(const RowEvent& event) {
  return sizeof(RowEvent) + size_of(event.key) + size_of(event.value) + size_of(event.headers);
}

std::size_t size_of(const KeyRows& rows) {
  std::size_t bytes = 0;
  for (const auto& row : rows) {
    for (const auto& value : row) {
      const auto* text = std::get_if<std::string>(&value);
      bytes += sizeof(Value) + (text == nullptr ? 0 : text->size());
    }
  }
  return bytes;
}

auto place_of(const RowEvent& event) {
  return std::tuple(event.clock_ms, event.partition, event.offset);
}

std::optional<std::string> copy(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

sql::InputEvent view_of(const RowEvent& event) {
  return {event.partition, event.offset, event.timestamp_ms, event.clock_ms,
          event.key,       event.value,  event.headers};
}

}  // namespace

RowReplay::RowReplay(std::unique_ptr<VersionFile> file, KeyColumns columns,
                     std::vector<sql::Cell> key, std::size_t listed)
    : file_(std::move(file)), columns_(std::move(columns)), key_(std::move(key)), listed_(listed) {}

Status RowReplay::take(std::span<const sql::InputEvent> events) {
  DAYBOOK_TRY([[maybe_unused]] const auto rejected, file_->fold().compute(events));
  std::set<std::pair<std::int64_t, std::int64_t>> touching;
  DAYBOOK_TRY_VOID(file_->fold().for_each_touch(
      [&](const std::vector<sql::Cell>& key, const EventPlace& place) -> Status {
        if (same_key(key, key_)) touching.emplace(place.partition, place.offset);
        return {};
      }));
  for (const auto& event : events) {
    newest_ms_ = std::max(newest_ms_, event.clock_ms);
    if (touching.contains({event.partition, event.offset})) keep(event);
  }
  if (waiting_.size() >= listed_ + kAppliedAtOnce) {
    return apply_oldest(waiting_.size() - listed_);
  }
  return waiting_bytes_ > kMaxWaitingBytes ? apply_oldest(waiting_.size() / 2 + 1) : Status();
}

void RowReplay::keep(const sql::InputEvent& event) {
  waiting_.push_back({event.partition, event.offset, event.timestamp_ms, event.clock_ms,
                      copy(event.key), copy(event.value), copy(event.headers)});
  waiting_bytes_ += size_of(waiting_.back());
}

Status RowReplay::apply_oldest(std::size_t count) {
  std::ranges::sort(waiting_, {}, place_of);
  DAYBOOK_TRY_VOID(apply(std::span(waiting_).first(count)));
  for (std::size_t i = 0; i < count; ++i) waiting_bytes_ -= size_of(waiting_[i]);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  applied_ += static_cast<std::int64_t>(count);
  return {};
}

// Those that were rejected are none of the key's.
Status RowReplay::apply(std::span<const RowEvent> events) {
  std::vector<sql::InputEvent> views;
  for (const auto& event : events) views.push_back(view_of(event));
  DAYBOOK_TRY([[maybe_unused]] const auto rejected, file_->fold().compute(views));
  return file_->commit({}, {});
}

Result<KeyRows> RowReplay::rows() {
  return file_->find(columns_, key_, kMaxRowsOfKey);
}

Result<RowHistory> RowReplay::finish() {
  if (waiting_.size() > listed_) DAYBOOK_TRY_VOID(apply_oldest(waiting_.size() - listed_));
  std::ranges::sort(waiting_, {}, place_of);
  RowHistory history;
  history.earlier = applied_;
  DAYBOOK_TRY(history.rows_before, rows());
  std::size_t bytes = waiting_bytes_;
  std::size_t first = 0;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    DAYBOOK_TRY_VOID(apply(std::span(waiting_).subspan(i, 1)));
    DAYBOOK_TRY(waiting_[i].rows, rows());
    bytes += size_of(waiting_[i].rows);
    for (; bytes > kMaxListedBytes && first < i; ++first) {
      bytes -= size_of(waiting_[first]) + size_of(waiting_[first].rows);
      history.rows_before = std::move(waiting_[first].rows);
      ++history.earlier;
    }
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first));
  history.events = std::move(waiting_);
  // An event that says nothing but what time it is.
  const RowEvent clock{.timestamp_ms = newest_ms_, .clock_ms = newest_ms_};
  DAYBOOK_TRY_VOID(apply(std::span(&clock, 1)));
  DAYBOOK_TRY(history.rows, rows());
  return history;
}

}  // namespace daybook::views

#include "views/lineage/lineage_store.h"

#include <algorithm>

#include "views/lineage/place_list.h"

namespace daybook::views {

Status LineageStore::create(sqlite::Database& database) {
  return database.execute(
      "CREATE TABLE daybook_lineage (key TEXT, first INTEGER, events BLOB, "
      "PRIMARY KEY (key, first)) WITHOUT ROWID;");
}

Status LineageStore::open(sqlite::Database& database) {
  DAYBOOK_TRY(last_, database.prepare("SELECT first, events FROM daybook_lineage WHERE key = ? "
                                      "ORDER BY first DESC LIMIT 1"));
  DAYBOOK_TRY(put_, database.prepare("INSERT OR REPLACE INTO daybook_lineage VALUES (?, ?, ?)"));
  DAYBOOK_TRY(forget_,
              database.prepare("DELETE FROM daybook_lineage WHERE key = ? AND first <= ?"));
  return {};
}

Status LineageStore::note(const std::vector<sql::Cell>& key, const EventPlace& place) {
  touched_.emplace_back(key_.to_json(key), place);
  return {};
}

// Key by key, in the order in which the table holds them; an event counts once for a key.
Status LineageStore::settle() {
  std::ranges::sort(touched_);
  const auto doubled = std::ranges::unique(touched_);
  touched_.erase(doubled.begin(), doubled.end());
  std::vector<EventPlace> places;
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    places.push_back(touched_[i].second);
    const bool is_last = i + 1 == touched_.size() || touched_[i + 1].first != touched_[i].first;
    if (!is_last) continue;
    DAYBOOK_TRY_VOID(add(touched_[i].first, places));
    places.clear();
  }
  touched_.clear();
  return {};
}

Status LineageStore::add(std::string_view key, std::span<const EventPlace> places) {
  last_.bind(0, key);
  DAYBOOK_TRY(const bool has_piece, last_.step());
  std::int64_t first = 0;
  std::string events;
  if (has_piece) {
    first = last_.integer(0);
    events = last_.text(1);
    last_.reset();
  }
  DAYBOOK_TRY(const auto held, read_places(events));
  auto count = static_cast<std::int64_t>(held.size());
  EventPlace before = held.empty() ? EventPlace{} : held.back();
  bool has_new_piece = false;
  for (const auto& place : places) {
    if (count == kPieceEvents) {
      DAYBOOK_TRY_VOID(put(key, first, events));
      first += count;
      count = 0;
      events.clear();
      before = {};
      has_new_piece = true;
    }
    append_place(events, before, place);
    before = place;
    ++count;
  }
  DAYBOOK_TRY_VOID(put(key, first, events));
  return has_new_piece ? forget(key, first + count) : Status();
}

Status LineageStore::put(std::string_view key, std::int64_t first, std::string_view events) {
  put_.bind(0, key);
  put_.bind(1, first);
  put_.bind_blob(2, events);
  return put_.run();
}

// Of `count` events in all.
Status LineageStore::forget(std::string_view key, std::int64_t count) {
  const auto last_first = count - kMaxLineageEvents - kPieceEvents;
  if (last_first < 0) return {};
  forget_.bind(0, key);
  forget_.bind(1, last_first);
  return forget_.run();
}

Result<RowLineage> read_lineage(sqlite::Database& database, std::string_view key) {
  DAYBOOK_TRY(
      auto select,
      database.prepare("SELECT first, events FROM daybook_lineage WHERE key = ? ORDER BY first"));
  select.bind(0, key);
  RowLineage lineage;
  bool is_first = true;
  while (true) {
    DAYBOOK_TRY(const bool has_row, select.step());
    if (!has_row) return lineage;
    if (is_first) lineage.earlier = select.integer(0);
    is_first = false;
    DAYBOOK_TRY(const auto places, read_places(select.text(1)));
    lineage.places.insert(lineage.places.end(), places.begin(), places.end());
  }
}

}  // namespace daybook::views

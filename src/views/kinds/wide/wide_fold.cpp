#include "views/kinds/wide/wide_fold.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "sql/calendar.h"
#include "views/cell_storage.h"
#include "views/sqlite/values.h"

namespace daybook::views::wide {
namespace {

constexpr const char* kPlace = "place_time, place_partition, place_offset";

void bind_place(sqlite::Statement& statement, int first, const EventPlace& place) {
  statement.bind(first, place.time_ms);
  statement.bind(first + 1, place.partition);
  statement.bind(first + 2, place.offset);
}

EventPlace place_of(const sqlite::Statement& found) {
  return {found.integer(0), found.integer(1), found.integer(2)};
}

KeyedEvents::Options reading(const WideOptions& options) {
  KeyedEvents::Options read{.key = {options.row}, .retracts = !options.timestamp.empty()};
  for (const auto& column : options.columns) read.fields.push_back(column.path);
  if (!options.timestamp.empty()) read.fields.push_back(options.timestamp);
  return read;
}

}  // namespace

WideFold::WideFold(const WideOptions& options, std::string view, const client::Schema& schema)
    : options_(options), view_(std::move(view)), events_(reading(options_), schema) {
  nlohmann::json definition = {"wide 2",           events_.is_change(),
                               options_.row,       to_text(events_.key_types()[0]),
                               options_.timestamp, options_.versions};
  for (const auto& column : options_.columns) {
    definition.push_back({column.family, column.qualifier, column.path});
  }
  fingerprint_ = definition.dump();
}

std::vector<ResultColumn> WideFold::columns() const {
  return {{"row", to_text(events_.key_types()[0]), true},
          {"family", "VARCHAR", false},
          {"qualifier", "VARCHAR", false},
          {"timestamp", "BIGINT", false},
          {"value", "", false}};
}

Status WideFold::create(sqlite::Database& database) {
  return database.execute("CREATE TABLE daybook_cells (row " +
                          declared_type(events_.key_types()[0]) +
                          ", family TEXT, qualifier TEXT, timestamp INTEGER, value, "
                          "place_time INTEGER, place_partition INTEGER, place_offset INTEGER, "
                          "PRIMARY KEY (row, family, qualifier, timestamp DESC)) WITHOUT ROWID;"
                          "CREATE VIEW " +
                          sqlite::quoted(view_) +
                          " AS SELECT row, family, qualifier, timestamp, value FROM "
                          "daybook_cells;");
}

Status WideFold::open(sqlite::Database& database) {
  database_ = &database;
  DAYBOOK_TRY_VOID(events_.open(database));
  const std::string place = kPlace;
  DAYBOOK_TRY(find_, database.prepare("SELECT " + place +
                                      " FROM daybook_cells WHERE row = ? AND family = ? AND "
                                      "qualifier = ? AND timestamp = ?"));
  DAYBOOK_TRY(put_, database.prepare("INSERT OR REPLACE INTO daybook_cells (row, family, "
                                     "qualifier, timestamp, value, " +
                                     place + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  DAYBOOK_TRY(trim_,
              database.prepare("DELETE FROM daybook_cells WHERE row = ?1 AND family = ?2 AND "
                               "qualifier = ?3 AND timestamp < (SELECT timestamp FROM "
                               "daybook_cells WHERE row = ?1 AND family = ?2 AND qualifier = ?3 "
                               "ORDER BY timestamp DESC LIMIT 1 OFFSET " +
                               std::to_string(options_.versions - 1) + ")"));
  DAYBOOK_TRY(remove_row_,
              database.prepare("DELETE FROM daybook_cells WHERE row = ?" +
                               (events_.is_change() ? "" : " AND (" + place + ") <= (?, ?, ?)")));
  DAYBOOK_TRY(remove_cells_,
              database.prepare("DELETE FROM daybook_cells WHERE row = ? AND timestamp = ?"));
  return {};
}

Result<std::vector<flow::Rejection>> WideFold::compute(std::span<const sql::InputEvent> events) {
  return events_.compute(events, [this](const KeyedEvent& event) -> std::optional<std::string> {
    if (timestamp_of(event)) return std::nullopt;
    return "timestamp " + options_.timestamp + " is neither a whole number nor a time";
  });
}

// A number is taken as it is; a time as milliseconds.
std::optional<std::int64_t> WideFold::timestamp_of(const KeyedEvent& event) const {
  if (options_.timestamp.empty()) return event.place.time_ms;
  const auto& value = event.values.back();
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  const auto micros = sql::parse_timestamp(*text);
  if (!micros) return std::nullopt;
  return static_cast<std::int64_t>(*micros) / kMicrosPerMs;
}

Result<std::int64_t> WideFold::apply() {
  std::int64_t growth = 0;
  for (const auto& event : events_.events()) {
    DAYBOOK_TRY(const auto grown, event.is_removal ? remove(event) : put(event));
    growth += grown;
  }
  return growth;
}

Result<std::int64_t> WideFold::put(const KeyedEvent& event) {
  const auto timestamp = *timestamp_of(event);
  std::int64_t growth = 0;
  for (std::size_t i = 0; i < options_.columns.size(); ++i) {
    const auto& column = options_.columns[i];
    if (std::holds_alternative<std::monostate>(event.values[i])) continue;
    for (auto* statement : {&find_, &put_, &trim_}) {
      statement->reset();
      events_.bind_key(*statement, 0, event);
      statement->bind(1, std::string_view(column.family));
      statement->bind(2, std::string_view(column.qualifier));
    }
    find_.bind(3, timestamp);
    DAYBOOK_TRY(const bool is_stored, find_.step());
    const bool is_late = is_stored && event.place < place_of(find_);
    find_.reset();
    if (is_late) continue;
    put_.bind(3, timestamp);
    sqlite::bind_value(put_, 4, event.values[i]);
    bind_place(put_, 5, event.place);
    DAYBOOK_TRY_VOID(put_.run());
    DAYBOOK_TRY(const auto trimmed, change(trim_));
    growth += (is_stored ? 0 : 1) - trimmed;
  }
  return growth;
}

Result<std::int64_t> WideFold::remove(const KeyedEvent& event) {
  // A tombstone names a row, and no timestamp.
  const bool has_time = !options_.timestamp.empty() && !event.event.empty();
  const auto timestamp = has_time ? timestamp_of(event) : std::nullopt;
  auto& statement = timestamp ? remove_cells_ : remove_row_;
  statement.reset();
  const int next = events_.bind_key(statement, 0, event);
  if (timestamp) {
    statement.bind(next, *timestamp);
  } else if (!events_.is_change()) {
    bind_place(statement, next, event.place);
  }
  DAYBOOK_TRY(const auto removed, change(statement));
  return -removed;
}

Result<std::int64_t> WideFold::change(sqlite::Statement& statement) {
  DAYBOOK_TRY_VOID(statement.run());
  return database_->changes();
}

}  // namespace daybook::views::wide

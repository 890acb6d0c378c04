#include "views/kinds/document/document_fold.h"

#include <nlohmann/json.hpp>

#include "views/cell_storage.h"

namespace daybook::views::document {
namespace {

std::string extract(const std::string& json, const std::string& literal) {
  return "json_extract(" + json + ", " + literal + ")";
}

}  // namespace

DocumentFold::DocumentFold(const DocumentOptions& options, std::string view,
                           const client::Schema& schema)
    : options_(options), view_(std::move(view)), events_({.key = options_.key}, schema) {
  nlohmann::json definition = {"document 1", events_.is_change(), options_.mode == Mode::kMerge};
  for (std::size_t i = 0; i < options_.key.size(); ++i) {
    definition.push_back({options_.key[i], to_text(events_.key_types()[i])});
  }
  definition.push_back(options_.index);
  fingerprint_ = definition.dump();
}

std::vector<ResultColumn> DocumentFold::columns() const {
  std::vector<ResultColumn> columns;
  for (std::size_t i = 0; i < options_.key.size(); ++i) {
    columns.push_back({options_.key[i], to_text(events_.key_types()[i]), true});
  }
  for (const auto& path : options_.index) columns.push_back({path, "", false});
  columns.push_back({kDocumentColumn, "JSON", false});
  return columns;
}

Status DocumentFold::create(sqlite::Database& database) {
  std::string declared;
  std::string key;
  for (std::size_t i = 0; i < options_.key.size(); ++i) {
    const auto name = sqlite::quoted(options_.key[i]);
    declared += name + " " + declared_type(events_.key_types()[i]) + ", ";
    key += (i == 0 ? "" : ", ") + name;
  }
  std::string shown = key;
  std::string indexes;
  for (std::size_t i = 0; i < options_.index.size(); ++i) {
    const auto value = extract(kDocumentColumn, path_literal(options_.index[i]));
    shown += ", " + value + " AS " + sqlite::quoted(options_.index[i]);
    indexes +=
        "CREATE INDEX daybook_path_" + std::to_string(i) + " ON daybook_rows (" + value + ");";
  }
  return database.execute(
      "CREATE TABLE daybook_rows (daybook_id INTEGER PRIMARY KEY, " + declared +
      std::string(kDocumentColumn) +
      " TEXT, daybook_place_time INTEGER, daybook_place_partition INTEGER, daybook_place_offset "
      "INTEGER);CREATE UNIQUE INDEX daybook_key ON daybook_rows (" +
      key + ");" + indexes + "CREATE VIEW " + sqlite::quoted(view_) + " AS SELECT " + shown + ", " +
      kDocumentColumn + " FROM daybook_rows;");
}

Status DocumentFold::open(sqlite::Database& database) {
  std::string where;
  std::string names;
  std::string marks;
  for (const auto& path : options_.key) {
    where += (where.empty() ? "" : " AND ") + sqlite::quoted(path) + " = ?";
    names += sqlite::quoted(path) + ", ";
    marks += "?, ";
  }
  const std::string part = events_.is_change() ? "json_extract(?, '$.after')" : "json(?)";
  const bool merges = options_.mode == Mode::kMerge;
  DAYBOOK_TRY_VOID(events_.open(database));
  DAYBOOK_TRY(find_,
              database.prepare("SELECT daybook_id, daybook_place_time, daybook_place_partition, "
                               "daybook_place_offset FROM daybook_rows WHERE " +
                               where));
  DAYBOOK_TRY(insert_, database.prepare("INSERT INTO daybook_rows (" + names +
                                        "document, daybook_place_time, daybook_place_partition, "
                                        "daybook_place_offset) VALUES (" +
                                        marks + (merges ? "json_patch('{}', " + part + ")" : part) +
                                        ", ?, ?, ?)"));
  DAYBOOK_TRY(update_, database.prepare("UPDATE daybook_rows SET document = " +
                                        (merges ? "json_patch(document, " + part + ")" : part) +
                                        ", daybook_place_time = ?, daybook_place_partition = ?, "
                                        "daybook_place_offset = ? WHERE daybook_id = ?"));
  DAYBOOK_TRY(remove_, database.prepare("DELETE FROM daybook_rows WHERE daybook_id = ?"));
  return {};
}

Result<std::vector<flow::Rejection>> DocumentFold::compute(
    std::span<const sql::InputEvent> events) {
  return events_.compute(events);
}

Result<std::int64_t> DocumentFold::apply() {
  std::int64_t growth = 0;
  for (const auto& event : events_.events()) {
    DAYBOOK_TRY(const auto grown, apply(event));
    growth += grown;
  }
  return growth;
}

Result<std::int64_t> DocumentFold::apply(const KeyedEvent& event) {
  find_.reset();
  events_.bind_key(find_, 0, event);
  DAYBOOK_TRY(const bool is_stored, find_.step());
  const auto id = is_stored ? find_.integer(0) : 0;
  const EventPlace place =
      is_stored ? EventPlace{find_.integer(1), find_.integer(2), find_.integer(3)} : EventPlace{};
  find_.reset();
  // Between partitions the order of time decides; a patch has no place but the end.
  const bool is_late =
      is_stored && !events_.is_change() && options_.mode == Mode::kReplace && event.place <= place;
  if (is_late || (event.is_removal && !is_stored)) return 0;
  if (event.is_removal) {
    remove_.bind(0, id);
    DAYBOOK_TRY_VOID(remove_.run());
    return -1;
  }
  auto& write = is_stored ? update_ : insert_;
  int at = is_stored ? 0 : events_.bind_key(write, 0, event);
  write.bind(at++, event.event);
  write.bind(at++, event.place.time_ms);
  write.bind(at++, event.place.partition);
  write.bind(at++, event.place.offset);
  if (is_stored) write.bind(at, id);
  DAYBOOK_TRY_VOID(write.run());
  return is_stored ? 0 : 1;
}

}  // namespace daybook::views::document

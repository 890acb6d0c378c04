#include "views/kinds/document/document_fold.h"

#include <nlohmann/json.hpp>

namespace daybook::views::document {
namespace {

std::string extract(const std::string& json, const std::string& literal) {
  return "json_extract(" + json + ", " + literal + ")";
}

// A merge patch has no place but the end.
KeyedRows::Options rows_of(const DocumentOptions& options, bool is_change) {
  const std::string part = is_change ? "json_extract(?, '$.after')" : "json(?)";
  KeyedRows::Column document{.name = kDocumentColumn, .type = "TEXT", .put = part, .changed = part};
  const bool merges = options.mode == Mode::kMerge;
  if (merges) {
    document.put = "json_patch('{}', " + part + ")";
    document.changed = "json_patch(" + std::string(kDocumentColumn) + ", " + part + ")";
  }
  return {.key = options.key, .columns = {std::move(document)}, .accumulates = merges};
}

}  // namespace

DocumentFold::DocumentFold(const DocumentOptions& options, std::string view,
                           const client::Schema& schema)
    : options_(options),
      view_(std::move(view)),
      events_({.key = options_.key}, schema),
      rows_(rows_of(options_, events_.is_change())) {
  nlohmann::json definition = {"document 1", events_.is_change(), options_.mode == Mode::kMerge};
  for (std::size_t i = 0; i < options_.key.size(); ++i) {
    definition.push_back({options_.key[i], to_text(events_.key_types()[i])});
  }
  definition.push_back(options_.index);
  fingerprint_ = definition.dump();
}

std::vector<ResultColumn> DocumentFold::columns() const {
  auto columns = rows_.key_columns(events_);
  for (const auto& path : options_.index) columns.push_back({path, "", false});
  columns.push_back({kDocumentColumn, "JSON", false});
  return columns;
}

Status DocumentFold::create(sqlite::Database& database) {
  std::string shown = rows_.quoted_key();
  std::string indexes;
  for (std::size_t i = 0; i < options_.index.size(); ++i) {
    const auto value = extract(kDocumentColumn, path_literal(options_.index[i]));
    shown += ", " + value + " AS " + sqlite::quoted(options_.index[i]);
    indexes +=
        "CREATE INDEX daybook_path_" + std::to_string(i) + " ON daybook_rows (" + value + ");";
  }
  return database.execute(rows_.create_sql(events_) + indexes + "CREATE VIEW " +
                          sqlite::quoted(view_) + " AS SELECT " + shown + ", " + kDocumentColumn +
                          " FROM daybook_rows;");
}

Status DocumentFold::open(sqlite::Database& database) {
  DAYBOOK_TRY_VOID(events_.open(database));
  return rows_.open(database);
}

Result<std::vector<flow::Rejection>> DocumentFold::compute(
    std::span<const sql::InputEvent> events) {
  return events_.compute(events);
}

Result<std::int64_t> DocumentFold::apply() {
  return rows_.apply(events_, [](sqlite::Statement& statement, int at, const KeyedEvent& event) {
    statement.bind(at, event.event);
    return at + 1;
  });
}

}  // namespace daybook::views::document

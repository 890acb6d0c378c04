#include "views/keyed/keyed_fold.h"

#include <nlohmann/json.hpp>

#include "views/sqlite/values.h"

namespace daybook::views {
namespace {

std::vector<std::string> paths_of(const KeyedTable& table) {
  std::vector<std::string> paths;
  for (const auto& field : table.fields) {
    if (!field.literal) paths.push_back(field.path);
  }
  return paths;
}

KeyedRows::Options rows_of(const KeyedTable& table) {
  KeyedRows::Options options{.key = table.key, .columns = {}};
  for (const auto& field : table.fields) {
    options.columns.push_back({.name = field.name, .type = field.type});
  }
  return options;
}

}  // namespace

KeyedFold::KeyedFold(KeyedTable table, std::string view, const client::Schema& schema)
    : table_(std::move(table)),
      view_(std::move(view)),
      events_({.key = table_.key, .fields = paths_of(table_)}, schema),
      rows_(rows_of(table_)) {
  nlohmann::json definition = {table_.kind, events_.is_change(), table_.more_sql};
  for (std::size_t i = 0; i < table_.key.size(); ++i) {
    definition.push_back({table_.key[i], to_text(events_.key_types()[i])});
  }
  for (const auto& field : table_.fields) {
    definition.push_back({field.name, field.path, field.literal.value_or("")});
  }
  fingerprint_ = definition.dump();
}

std::vector<ResultColumn> KeyedFold::columns() const {
  auto columns = rows_.key_columns(events_);
  for (const auto& field : table_.fields) {
    columns.push_back({field.name, field.type == "TEXT" ? "VARCHAR" : "", false});
  }
  return columns;
}

Status KeyedFold::create(sqlite::Database& database) {
  std::string shown = rows_.quoted_key();
  for (const auto& field : table_.fields) shown += ", " + sqlite::quoted(field.name);
  return database.execute(rows_.create_sql(events_) + "CREATE VIEW " + sqlite::quoted(view_) +
                          " AS SELECT " + shown + " FROM daybook_rows;" + table_.more_sql);
}

Status KeyedFold::open(sqlite::Database& database) {
  DAYBOOK_TRY_VOID(events_.open(database));
  return rows_.open(database);
}

Result<std::vector<flow::Rejection>> KeyedFold::compute(std::span<const sql::InputEvent> events) {
  return events_.compute(events, [this](const KeyedEvent& event) { return missing_field(event); });
}

std::optional<std::string> KeyedFold::missing_field(const KeyedEvent& event) const {
  std::size_t value = 0;
  for (const auto& field : table_.fields) {
    if (field.literal) continue;
    const bool is_null = std::holds_alternative<std::monostate>(event.values[value++]);
    if (field.is_required && is_null) return field.name + ": " + field.path + " is missing or null";
  }
  return std::nullopt;
}

Result<std::int64_t> KeyedFold::apply() {
  return rows_.apply(events_,
                     [this](sqlite::Statement& statement, int at, const KeyedEvent& event) {
                       return bind_fields(statement, at, event);
                     });
}

int KeyedFold::bind_fields(sqlite::Statement& statement, int at, const KeyedEvent& event) const {
  std::size_t value = 0;
  for (const auto& field : table_.fields) {
    if (field.literal) {
      statement.bind(at++, std::string_view(*field.literal));
    } else {
      sqlite::bind_value(statement, at++, event.values[value++]);
    }
  }
  return at;
}

}  // namespace daybook::views

#include "flow/schema/schema_guess.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "flow/schema/connect_columns.h"
#include "sql/input.h"

namespace daybook::flow {
namespace {

std::string in_small_letters(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

}  // namespace

SchemaGuess::Column* SchemaGuess::Columns::find(const std::string& name) {
  const auto known = places_.find(in_small_letters(name));
  if (known == places_.end() || columns_[known->second].name != name) return nullptr;
  return &columns_[known->second];
}

SchemaGuess::Column* SchemaGuess::Columns::find_or_add(const std::string& name) {
  if (name.empty() || sql::is_pseudo_column(name)) return nullptr;
  const auto is_new = places_.try_emplace(in_small_letters(name), columns_.size()).second;
  if (!is_new) return find(name);
  if (columns_.size() == kMaxColumns) {
    places_.erase(in_small_letters(name));
    return nullptr;
  }
  return &columns_.emplace_back(Column{name});
}

SchemaGuess::SchemaGuess(const client::Schema& before)
    : was_change_(before.envelope == client::Envelope::kDebezium) {
  for (const auto& column : before.columns) {
    auto* known = (was_change_ ? rows_ : plain_).find_or_add(column.name);
    if (known == nullptr) continue;
    known->is_key = column.is_key;
    const bool is_usual = column.form.empty() && known->seen.take_type(column.type);
    if (!is_usual) known->described = column;
  }
}

void SchemaGuess::take(std::string_view value, std::optional<std::string_view> key) {
  const auto event = read_fields(value);
  if (!event) return;
  ++(event->is_change ? changes_ : others_);
  for (const auto& field : event->fields) {
    if (auto* column = plain_.find_or_add(field.name)) column->seen.take(field);
  }
  if (event->has_schema) describe(value);
  for (const auto& field : event->row_fields) {
    if (auto* column = rows_.find_or_add(field.name)) column->seen.take(field);
  }
  if (!event->is_change || !key) return;
  for (const auto& name : key_fields(*key)) {
    if (auto* column = rows_.find(name)) column->is_key = true;
  }
}

void SchemaGuess::widen(std::string_view value) {
  const auto event = read_fields(value);
  if (!event) return;
  if (event->has_schema) describe(value);
  for (const auto& field : event->fields) {
    if (auto* column = plain_.find(field.name)) column->seen.widen(field);
  }
  for (const auto& field : event->row_fields) {
    if (auto* column = rows_.find(field.name)) column->seen.widen(field);
  }
}

void SchemaGuess::describe(std::string_view value) {
  const auto event = nlohmann::json::parse(value, nullptr, false);
  const auto& schema = event["schema"];
  auto text = schema.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text == described_by_) return;
  described_by_ = std::move(text);
  for (const auto& described : connect_columns(schema)) {
    auto* column = rows_.find_or_add(described.name);
    if (column == nullptr) continue;
    column->described = column->described ? wider(*column->described, described) : described;
  }
}

std::optional<client::Schema> SchemaGuess::schema() const {
  // The text of a change's field stands for JSON (as in Debezium), so it cannot be of both.
  const std::string mixed = is_change() ? "VARCHAR" : "JSON";
  client::Schema schema{
      is_change() ? client::Envelope::kDebezium : client::Envelope::kPlain, {}, true};
  for (const auto& column : (is_change() ? rows_ : plain_).all()) {
    schema.columns.push_back(
        column.described.value_or(client::Column{column.name, column.seen.type(mixed)}));
    schema.columns.back().is_key = column.is_key;
  }
  if (schema.columns.empty()) return std::nullopt;
  return schema;
}

}  // namespace daybook::flow

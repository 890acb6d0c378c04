#include "client/schema.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/latest_value.h"

namespace daybook::client {
namespace {

using Json = nlohmann::json;

std::string_view name_of(Envelope envelope) {
  return envelope == Envelope::kDebezium ? "debezium" : "plain";
}

std::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("stored schema: {}", what));
}

Result<std::string> text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) {
    return broken(fmt::format("'{}' is missing or not a text", name));
  }
  return found->get<std::string>();
}

}  // namespace

std::string to_json(const Schema& schema) {
  Json columns = Json::array();
  for (const auto& column : schema.columns) {
    columns.push_back({{"name", column.name}, {"type", column.type}, {"key", column.is_key}});
    if (!column.form.empty()) columns.back()["form"] = column.form;
  }
  Json object = {{"envelope", name_of(schema.envelope)}, {"columns", std::move(columns)}};
  if (schema.is_inferred) object["inferred"] = true;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Schema> schema_from_json(std::string_view json) {
  const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return broken("not a JSON object");
  DAYBOOK_TRY(const auto envelope, text_of(object, "envelope"));
  if (envelope != "plain" && envelope != "debezium") {
    return broken(fmt::format("'{}' is no known envelope", envelope));
  }
  Schema schema{envelope == "plain" ? Envelope::kPlain : Envelope::kDebezium, {}};
  const auto inferred = object.find("inferred");
  schema.is_inferred = inferred != object.end() && *inferred == true;
  const auto columns = object.find("columns");
  if (columns == object.end() || !columns->is_array()) return broken("'columns' is not a list");
  for (const auto& column : *columns) {
    if (!column.is_object()) return broken("a column is not an object");
    DAYBOOK_TRY(auto name, text_of(column, "name"));
    DAYBOOK_TRY(auto type, text_of(column, "type"));
    const auto key = column.find("key");
    const bool is_key = key != column.end() && key->is_boolean() && key->get<bool>();
    const std::string form = column.contains("form") ? text_of(column, "form").value_or("") : "";
    schema.columns.push_back({std::move(name), std::move(type), is_key, form});
  }
  return schema;
}

Status publish_schema(LogClient& log, const std::string& topic, const Schema& schema) {
  DAYBOOK_TRY(const auto current, find_schema(log, topic));
  if (current == schema) return {};
  return put_latest(log, kSchemaTopic, topic, to_json(schema));
}

Result<std::map<std::string, Schema>> find_schemas(LogClient& log) {
  DAYBOOK_TRY(const auto latest, find_all_latest(log, kSchemaTopic));
  std::map<std::string, Schema> schemas;
  for (const auto& [topic, json] : latest) {
    auto schema = schema_from_json(json);
    if (!schema) return fail(std::move(schema).error(), fmt::format("topic '{}'", topic));
    schemas[topic] = std::move(*schema);
  }
  return schemas;
}

Result<std::optional<Schema>> find_schema(LogClient& log, const std::string& topic) {
  DAYBOOK_TRY(const auto latest, find_latest(log, kSchemaTopic, topic));
  if (!latest) return std::nullopt;
  auto schema = schema_from_json(*latest);
  if (!schema) return fail(std::move(schema).error(), fmt::format("topic '{}'", topic));
  return std::optional(std::move(*schema));
}

}  // namespace daybook::client

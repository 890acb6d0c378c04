#include "http/json.h"

#include <nlohmann/json.hpp>

#include "flow/position_text.h"

namespace daybook::http {
namespace {

Json value_to_json(const views::Value& value) {
  return std::visit(
      [](const auto& held) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          return nullptr;
        } else {
          return held;
        }
      },
      value);
}

Json columns_to_json(const std::vector<views::ResultColumn>& columns) {
  Json array = Json::array();
  for (const auto& column : columns) {
    Json json = {{"name", column.name}, {"type", column.type}};
    if (column.is_key) json["key"] = true;
    array.push_back(std::move(json));
  }
  return array;
}

}  // namespace

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const app::LogStatus& log) {
  Json json = {{"embedded", log.embedded},
               {"address", log.address},
               {"data_folder", log.data_folder},
               {"last_error", log.last_error}};
  if (!log.cluster_id.empty()) json["cluster_id"] = log.cluster_id;
  return json;
}

Json to_json(const sources::SourceStatus& source) {
  Json json = {{"name", source.name},
               {"kind", source.kind},
               {"state", sources::to_string(source.state)},
               {"events", source.events},
               {"lag_bytes", nullptr},
               {"last_error", source.last_error}};
  if (source.lag_bytes) json["lag_bytes"] = *source.lag_bytes;
  if (source.since != kNoTimestamp) json["since_ms"] = source.since.value;
  return json;
}

Json to_json(const views::ViewStatus& view) {
  return {{"name", view.name},
          {"state", view.state},
          {"detail", view.detail},
          {"version", view.version},
          {"columns", columns_to_json(view.columns)},
          {"position", flow::to_text(view.position)},
          {"rows", view.rows},
          {"lag_events", view.lag_events},
          {"events_applied", view.events_applied},
          {"events_per_s", view.events_per_s},
          {"rejected", view.rejected},
          {"last_error", view.last_error}};
}

Json to_json(std::string_view view, const views::Answer& answer) {
  Json rows = Json::array();
  for (const auto& values : answer.rows) {
    Json row = Json::object();
    for (std::size_t i = 0; i < answer.columns.size(); ++i) {
      row[answer.columns[i].name] = value_to_json(values[i]);
    }
    rows.push_back(std::move(row));
  }
  return {{"view", view},
          {"version", answer.version},
          {"position", flow::to_text(answer.position)},
          {"columns", columns_to_json(answer.columns)},
          {"rows", std::move(rows)},
          {"truncated", answer.truncated}};
}

}  // namespace daybook::http

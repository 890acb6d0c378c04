#include "http/json.h"

#include <nlohmann/json.hpp>

#include "base/json_text.h"
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

Json row_to_json(const std::vector<views::ResultColumn>& columns,
                 const std::vector<views::Value>& values) {
  Json row = Json::object();
  for (std::size_t i = 0; i < columns.size(); ++i) row[columns[i].name] = value_to_json(values[i]);
  return row;
}

Json rows_to_json(const std::vector<views::ResultColumn>& columns, const views::KeyRows& rows) {
  Json array = Json::array();
  for (const auto& values : rows) array.push_back(row_to_json(columns, values));
  return array;
}

Json number_or_null(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

Json version_to_json(const views::VersionStatus& version) {
  Json json = {{"version", version.version},
               {"role", version.role},
               {"state", version.state},
               {"detail", version.detail},
               {"ready", version.is_ready},
               {"rows", version.rows},
               {"position", flow::to_text(version.position)},
               {"lag_events", number_or_null(version.lag_events)},
               {"events_applied", version.events_applied},
               {"events_per_s", version.events_per_s},
               {"seconds_left", nullptr}};
  if (const auto left = version.seconds_left()) json["seconds_left"] = *left;
  return json;
}

const char* name_of(views::DifferenceSample::What what) {
  switch (what) {
    case views::DifferenceSample::What::kMissing:
      return "missing";
    case views::DifferenceSample::What::kExtra:
      return "extra";
    case views::DifferenceSample::What::kChanged:
      return "changed";
  }
  return "";
}

}  // namespace

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Json> parse_object(std::string_view text) {
  Json json;
  if (!has_too_many_levels(text)) json = Json::parse(text, nullptr, false);
  if (json.is_object()) return json;
  return fail(ErrorCode::kInvalid, "the body must be a JSON object of at most " +
                                       std::to_string(kMaxJsonLevels) +
                                       " levels; /openapi.json describes it");
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

Json to_json(const app::ProcessorStatus& processor) {
  return {{"name", processor.name},
          {"state", flow::to_string(processor.task.state)},
          {"detail", processor.task.detail},
          {"from", processor.inputs},
          {"to", processor.outputs},
          {"group", processor.group},
          {"lag_events", number_or_null(processor.task.lag_events)},
          {"events_applied", processor.task.events_applied},
          {"events_per_s", processor.task.events_per_s},
          {"rejected", processor.task.rejected},
          {"late", processor.task.late},
          {"last_error", processor.task.last_error}};
}

Json to_json(const views::ViewStatus& view) {
  Json versions = Json::array();
  for (const auto& version : view.versions) versions.push_back(version_to_json(version));
  return {{"name", view.name},
          {"kind", view.kind},
          {"state", view.state},
          {"detail", view.detail},
          {"version", view.version},
          {"columns", columns_to_json(view.columns)},
          {"position", flow::to_text(view.position)},
          {"rows", view.rows},
          {"lag_events", number_or_null(view.lag_events)},
          {"events_applied", view.events_applied},
          {"events_per_s", view.events_per_s},
          {"rejected", view.rejected},
          {"last_error", view.last_error},
          {"versions", std::move(versions)}};
}

Json to_json(std::string_view view, const views::Answer& answer) {
  return {{"view", view},
          {"version", answer.version},
          {"position", flow::to_text(answer.position)},
          {"columns", columns_to_json(answer.columns)},
          {"rows", rows_to_json(answer.columns, answer.rows)},
          {"truncated", answer.truncated}};
}

Json to_json(std::string_view view, const views::Difference& difference) {
  Json samples = Json::array();
  for (const auto& sample : difference.samples) {
    Json json = {{"what", name_of(sample.what)}};
    if (!sample.old_row.empty()) json["old"] = row_to_json(difference.columns, sample.old_row);
    if (!sample.new_row.empty()) json["new"] = row_to_json(difference.columns, sample.new_row);
    samples.push_back(std::move(json));
  }
  return {{"view", view},
          {"old_version", difference.old_version},
          {"new_version", difference.new_version},
          {"position", flow::to_text(difference.position)},
          {"columns", columns_to_json(difference.columns)},
          {"only_old_columns", difference.only_old_columns},
          {"only_new_columns", difference.only_new_columns},
          {"old_rows", difference.old_rows},
          {"new_rows", difference.new_rows},
          {"missing", difference.missing},
          {"extra", difference.extra},
          {"changed", difference.changed},
          {"share", difference.share()},
          {"samples", std::move(samples)}};
}

Json to_json(std::string_view view, const views::Explanation& explanation) {
  const auto& history = explanation.history;
  Json events = Json::array();
  for (const auto& event : history.events) {
    events.push_back({{"topic", explanation.topic},
                      {"partition", event.partition},
                      {"offset", event.offset},
                      {"timestamp", event.timestamp_ms},
                      {"key", text_or_null(event.key)},
                      {"value", text_or_null(event.value)},
                      {"rows", rows_to_json(explanation.columns, event.rows)}});
  }
  return {{"view", view},
          {"version", explanation.version},
          {"topic", explanation.topic},
          {"position", flow::to_text(explanation.position)},
          {"complete", explanation.is_complete},
          {"missing", explanation.missing},
          {"events_read", explanation.events_read},
          {"columns", columns_to_json(explanation.columns)},
          {"earlier", history.earlier},
          {"before", rows_to_json(explanation.columns, history.rows_before)},
          {"events", std::move(events)},
          {"rows", rows_to_json(explanation.columns, history.rows)}};
}

}  // namespace daybook::http

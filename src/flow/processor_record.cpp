#include "flow/processor_record.h"

#include <nlohmann/json.hpp>

#include "client/latest_value.h"

namespace daybook::flow {

std::string definition_of(const ProcessorSpec& spec) {
  using Json = nlohmann::ordered_json;
  Json inputs = Json::object();
  for (const auto& input : spec.inputs) inputs[input.alias] = input.topic;
  Json outputs = Json::array();
  for (const auto& output : spec.outputs) {
    outputs.push_back({{"topic", output.topic}, {"when", output.when}});
  }
  Json json = {{"from", inputs},
               {"sql", spec.sql},
               {"to", outputs},
               {"on_error", spec.stop_on_error ? "stop" : "reject"}};
  if (spec.history) {
    json["history"] = {{"by", spec.history->by}, {"keep_ms", spec.history->keep_ms}};
  }
  if (spec.window) {
    json["window"] = {{"kind", spec.window->is_session ? "session" : "fixed"},
                      {"by", spec.window->by},
                      {"size_ms", spec.window->size_ms},
                      {"every_ms", spec.window->every_ms},
                      {"late_ms", spec.window->late_ms},
                      {"emit", spec.window->emits_updates ? "update" : "final"}};
  }
  if (spec.exec) {
    Json columns = Json::object();
    for (const auto& column : spec.exec->columns) columns[column.name] = column.type;
    json["exec"] = {{"command", spec.exec->command}, {"columns", columns}};
  }
  for (const auto& lookup : spec.lookups) {
    json["lookup"][lookup.name] = {{"view", lookup.view}, {"by", lookup.by}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::map<std::string, std::string, std::less<>>> recorded_processors(
    client::LogClient& log) {
  return client::find_all_latest(log, kProcessorTopic);
}

Status record_processor(client::LogClient& log, const std::string& group,
                        const ProcessorSpec& spec) {
  const auto definition = definition_of(spec);
  DAYBOOK_TRY(const auto recorded, client::find_latest(log, kProcessorTopic, group));
  if (recorded == definition) return {};
  return client::put_latest(log, kProcessorTopic, group, definition);
}

}  // namespace daybook::flow

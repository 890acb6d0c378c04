#include "http/openapi.h"

#include <nlohmann/json.hpp>

#include "http/json.h"

namespace daybook::http {
namespace {

Json schema_of(const Parameter& parameter) {
  return {{"type", parameter.type}, {"description", parameter.meaning}};
}

Json parameters_of(const Route& route) {
  Json list = Json::array();
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in == Parameter::In::kBody) continue;
    const bool in_path = parameter.in == Parameter::In::kPath;
    list.push_back({{"name", parameter.name},
                    {"in", in_path ? "path" : "query"},
                    {"required", parameter.required},
                    {"description", parameter.meaning},
                    {"schema", {{"type", parameter.type}}}});
  }
  return list;
}

// The body's schema, or null if the operation takes none.
Json body_of(const Route& route) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in != Parameter::In::kBody) continue;
    properties[std::string(parameter.name)] = schema_of(parameter);
    if (parameter.required) required.push_back(parameter.name);
  }
  if (properties.empty()) return nullptr;
  const Json schema = {{"type", "object"}, {"properties", properties}, {"required", required}};
  return {{"required", true}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

Json responses() {
  const Json error = {{"$ref", "#/components/schemas/Error"}};
  return {{"200", {{"description", "the answer"}}},
          {"default",
           {{"description", "why there is none"},
            {"content", {{"application/json", {{"schema", error}}}}}}}};
}

Json error_schema() {
  const Json text = {{"type", "string"}};
  const Json inner = {{"type", "object"}, {"properties", {{"code", text}, {"message", text}}}};
  return {{"type", "object"}, {"properties", {{"error", inner}}}};
}

}  // namespace

std::string openapi_text(std::span<const Route> routes) {
  Json paths = Json::object();
  for (const Route& route : routes) {
    Json operation = {{"summary", route.summary}, {"parameters", parameters_of(route)}};
    if (Json body = body_of(route); !body.is_null()) operation["requestBody"] = std::move(body);
    operation["responses"] = responses();
    paths[route.path][route.method == Method::kGet ? "get" : "post"] = std::move(operation);
  }
  return to_text({{"openapi", "3.0.3"},
                  {"info", {{"title", "Daybook"}, {"version", "0.1.0"}}},
                  {"paths", std::move(paths)},
                  {"components", {{"schemas", {{"Error", error_schema()}}}}}});
}

}  // namespace daybook::http

#include "views/life/definition.h"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

namespace daybook::views {
namespace {

using nlohmann::json;

// A kind's options as definition() wrote them.
class JsonOptions final : public Options {
 public:
  JsonOptions(json object, std::vector<Error>& faults)
      : object_(std::move(object)), faults_(faults) {}

  bool written(std::string_view name) override { return object_.contains(name); }

  std::optional<std::string> text(std::string_view name) override {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::nullopt;
    return scalar(*found);
  }

  std::optional<bool> boolean(std::string_view name) override {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::nullopt;
    return found->is_boolean() && found->get<bool>();
  }

  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min,
                                      std::int64_t max) override {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::nullopt;
    if (!found->is_number_integer() || *found < min || *found > max) {
      fault(name, "is no whole number from " + std::to_string(min) + " to " + std::to_string(max));
      return std::nullopt;
    }
    return found->get<std::int64_t>();
  }

  std::optional<std::vector<std::string>> texts(std::string_view name) override {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::nullopt;
    if (!found->is_array()) return std::vector{scalar(*found)};
    std::vector<std::string> values;
    for (const auto& value : *found) values.push_back(scalar(value));
    return values;
  }

  std::optional<std::vector<std::pair<std::string, std::string>>> pairs(
      std::string_view name) override {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::nullopt;
    std::vector<std::pair<std::string, std::string>> values;
    // An array of [name, value] keeps the order in which they were written.
    for (const auto& pair : *found) values.emplace_back(scalar(pair.at(0)), scalar(pair.at(1)));
    return values;
  }

  Options* section(std::string_view name) override {
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    return &sections_.emplace_back(*found, faults_);
  }

  void fault(std::string_view name, std::string message) override {
    faults_.push_back({ErrorCode::kInvalid, std::string(name) + ": " + std::move(message)});
  }

 private:
  static std::string scalar(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  const json object_;
  std::vector<Error>& faults_;
  std::deque<JsonOptions> sections_;
};

}  // namespace

std::string to_text(const ViewSpec& spec, const ViewPlan& plan) {
  json text = {{"kind", plan.kind()},
               {"from", {spec.input, spec.topic}},
               {"options", json::parse(plan.definition())}};
  if (spec.declared) text["columns"] = client::to_json(*spec.declared);
  if (spec.lineage) text["lineage"] = true;
  return text.dump();
}

const ViewKind* kind_of(const std::string& text) {
  const auto stored = json::parse(text, nullptr, false);
  if (!stored.is_object() || !stored.contains("kind")) return nullptr;
  const auto found = std::ranges::find_if(
      view_kinds(), [&](const ViewKind* kind) { return stored["kind"] == kind->name(); });
  return found == view_kinds().end() ? nullptr : *found;
}

Result<Definition> definition_from(const std::string& name, const std::string& text) {
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::kInvalid, "the stored definition of view " + name + ": " + what);
  };
  try {
    const auto stored = json::parse(text);
    Definition definition;
    definition.spec.name = name;
    definition.spec.input = stored.at("from").at(0).get<std::string>();
    definition.spec.topic = stored.at("from").at(1).get<std::string>();
    if (stored.contains("columns")) {
      DAYBOOK_TRY(definition.spec.declared,
                  client::schema_from_json(stored.at("columns").get<std::string>()));
    }
    definition.spec.lineage = stored.value("lineage", false);
    const std::string kind_name = stored.at("kind");
    const auto kind = std::ranges::find(view_kinds(), kind_name, &ViewKind::name);
    if (kind == view_kinds().end()) return wrong("there is no kind " + kind_name);
    std::vector<Error> faults;
    JsonOptions options(stored.at("options"), faults);
    definition.plan = (*kind)->plan(definition.spec, options);
    if (definition.plan == nullptr || !faults.empty()) return wrong(joined(faults).message);
    return definition;
  } catch (const json::exception& error) {
    return wrong(error.what());
  }
}

Result<Definition> stored_definition(const Definition& declared, const std::string& text) {
  if (text.empty() || text == to_text(declared.spec, *declared.plan)) return declared;
  DAYBOOK_TRY(auto stored, definition_from(declared.spec.name, text));
  stored.spec.stop_on_error = declared.spec.stop_on_error;
  stored.spec.changes = declared.spec.changes;
  return stored;
}

}  // namespace daybook::views

#include "flow/schema/event_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace daybook::flow {
namespace {

constexpr std::string_view kOperations = "crudtm";
constexpr std::size_t kDeepest = 3;  // payload, before, field

// The fields of an object, and those of the objects in it that rows may be in.
class FieldReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  struct Object {
    std::vector<EventField> fields;
    std::string op;
  };
  Object root;
  Object payload;
  std::vector<EventField> rows;
  std::vector<EventField> payload_rows;

  bool null() override { return add(ValueKind::kNull); }
  bool boolean(bool) override { return add(ValueKind::kBoolean); }
  bool number_integer(number_integer_t value) override {
    return add(ValueKind::kNumber, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add(ValueKind::kNumber, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return add(ValueKind::kNumber, text);
  }
  bool string(string_t& text) override {
    auto* object = is_in({}) ? &root : is_in({"payload"}) ? &payload : nullptr;
    if (object != nullptr && name_ == "op") object->op = text;
    return add(ValueKind::kText);
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (depth_ > 0) return enter(name_);
    depth_ = 1;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ <= kDeepest) name_ = name;
    return true;
  }
  bool end_object() override {
    if (--depth_ > 0) path_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override { return enter(""); }
  bool end_array() override { return end_object(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool is_in(std::initializer_list<std::string_view> path) const {
    return depth_ == path.size() + 1 && std::ranges::equal(path_, path);
  }
  std::vector<EventField>* place() {
    if (is_in({})) return &root.fields;
    if (is_in({"payload"})) return &payload.fields;
    if (is_in({"before"}) || is_in({"after"})) return &rows;
    if (is_in({"payload", "before"}) || is_in({"payload", "after"})) return &payload_rows;
    return nullptr;
  }
  bool add(ValueKind kind, std::string number = {}) {
    if (auto* fields = place()) fields->push_back({name_, kind, std::move(number)});
    return depth_ > 0;
  }
  bool enter(const std::string& name) {
    if (!add(ValueKind::kNested)) return false;
    path_.push_back(name);
    ++depth_;
    return true;
  }

  std::size_t depth_ = 0;
  std::vector<std::string> path_;  // of names, to where it is
  std::string name_;
};

bool has_field(const std::vector<EventField>& fields, std::string_view name) {
  return std::ranges::find(fields, name, &EventField::name) != fields.end();
}

bool is_change(const FieldReader::Object& object) {
  if (object.op.size() != 1 || kOperations.find(object.op) == std::string_view::npos) return false;
  if (object.op == "m") return has_field(object.fields, "message");
  return has_field(object.fields, "before") && has_field(object.fields, "after");
}

}  // namespace

std::optional<EventFields> read_fields(std::string_view value) {
  FieldReader reader;
  if (has_too_many_levels(value)) return std::nullopt;
  if (!nlohmann::json::sax_parse(value, &reader)) return std::nullopt;
  if (has_field(reader.root.fields, "schema") && is_change(reader.payload)) {
    return EventFields{true, true, std::move(reader.root.fields), std::move(reader.payload_rows)};
  }
  const bool is_bare = is_change(reader.root);
  if (!is_bare) reader.rows.clear();
  return EventFields{is_bare, false, std::move(reader.root.fields), std::move(reader.rows)};
}

std::vector<std::string> key_fields(std::string_view key) {
  std::vector<std::string> names;
  FieldReader reader;
  if (!nlohmann::json::sax_parse(key, &reader)) return names;
  const bool has_schema =
      has_field(reader.root.fields, "schema") && has_field(reader.root.fields, "payload");
  for (const auto& field : has_schema ? reader.payload.fields : reader.root.fields) {
    names.push_back(field.name);
  }
  return names;
}

}  // namespace daybook::flow

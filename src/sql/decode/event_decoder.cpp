#include "sql/decode/event_decoder.h"

#include <algorithm>
#include <cstring>

#include "base/units.h"

namespace daybook::sql {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxRememberedPlaces = 1024;

std::unexpected<std::string> not_json(simdjson::error_code error) {
  return std::unexpected(std::string("not JSON: ") + simdjson::error_message(error));
}

void push_optional(const std::optional<std::string_view>& text, ColumnBuffer& column) {
  if (text) {
    column.push_text(*text);
  } else {
    column.push_null();
  }
}

}  // namespace

EventDecoder::EventDecoder(const InputSchema& schema, std::vector<ColumnBuffer*> buffers)
    : schema_(schema), buffers_(std::move(buffers)) {
  for (std::size_t i = 0; i < schema_.columns.size(); ++i) {
    const auto& column = schema_.columns[i];
    auto* buffer = buffers_[kPseudoColumns + i];
    if (buffer != nullptr) fields_.push_back({column.name, buffer, column.form, false});
  }
}

void EventDecoder::clear() {
  arena_.clear();
  for (auto* buffer : buffers_) {
    if (buffer != nullptr) buffer->clear();
  }
}

EventDecoder::Decoded EventDecoder::decode(const InputEvent& event, std::int64_t place,
                                           std::uint32_t first_row) {
  if (!event.value) return 0;
  const auto value = schema_.is_change ? change_text_.of(*event.value) : *event.value;
  padded_.resize(value.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded_.data(), value.data(), value.size());
  text_ = {padded_.data(), value.data()};

  ondemand::document document;
  ondemand::object object;
  auto error = parser_.iterate(padded_.data(), value.size(), padded_.size()).get(document);
  if (!error) error = document.get_object().get(object);
  if (error == simdjson::INCORRECT_TYPE) return std::unexpected("the value is not a JSON object");
  if (error) return not_json(error);

  auto decoded =
      schema_.is_change ? decode_change(object, event, place) : decode_row(object, event, 1, place);
  if (!decoded) {
    for (auto* buffer : buffers_) {
      if (buffer != nullptr) buffer->truncate(first_row);
    }
  }
  return decoded;
}

// One pass over the fields, in whatever order they are.
EventDecoder::Decoded EventDecoder::decode_change(ondemand::object change, const InputEvent& event,
                                                  std::int64_t place) {
  bool has_before = false;
  bool has_after = false;
  std::string_view op;
  for (auto entry : change) {
    ondemand::raw_json_string key;
    if (const auto error = entry.key().get(key)) return not_json(error);
    const bool is_before = key == "before";
    if (!is_before && !(key == "after") && !(key == "op")) continue;
    ondemand::value value;
    if (const auto error = entry.value().get(value)) return not_json(error);
    if (key == "op") {
      if (value.get_string().get(op)) return std::unexpected("op must be a string");
      continue;
    }
    if (value.raw_json_token().starts_with("null")) continue;
    ondemand::object row;
    const auto error = value.get_object().get(row);
    if (error == simdjson::INCORRECT_TYPE) {
      return std::unexpected("before and after must be objects or null");
    }
    if (error) return not_json(error);
    auto decoded = decode_row(row, event, is_before ? -1 : 1, place);
    if (!decoded) return decoded;
    auto& seen = is_before ? has_before : has_after;
    if (seen) return std::unexpected("before or after is there twice");
    seen = true;
  }
  return check_change(op, has_before, has_after);
}

// Whether the rows that a change has are those that its op must have.
EventDecoder::Decoded EventDecoder::check_change(std::string_view op, bool has_before,
                                                 bool has_after) {
  if (op.empty()) return std::unexpected("not a change event: it has no op");
  const auto rows = std::uint32_t{has_before} + std::uint32_t{has_after};
  if (op == "m") return rows == 0 ? Decoded(0) : std::unexpected("op m must not have rows");
  if (op == "t") return std::unexpected("a TRUNCATE does not say which rows went");
  const bool needs_before = op == "u" || op == "d";
  const bool needs_after = op == "c" || op == "r" || op == "u";
  if (!needs_before && !needs_after) {
    return std::unexpected("op " + std::string(op) + " is not one of c, r, u, d, t, m");
  }
  if (has_before == needs_before && has_after == needs_after) return rows;
  if (!needs_before || has_before) {
    return std::unexpected("op " + std::string(op) + " has not the rows that it must have");
  }
  return std::unexpected("op " + std::string(op) +
                         " without the row before it: the table needs REPLICA IDENTITY FULL");
}

EventDecoder::Decoded EventDecoder::decode_row(ondemand::object row, const InputEvent& event,
                                               int sign, std::int64_t event_place) {
  for (auto& field : fields_) field.seen = false;
  std::size_t place = 0;
  std::size_t missing = fields_.size();
  for (auto entry : row) {
    ondemand::raw_json_string key;
    if (const auto error = entry.key().get(key)) return not_json(error);
    auto* field = find_field(key, place++);
    if (field == nullptr || field->seen) continue;
    ondemand::value value;
    if (const auto error = entry.value().get(value)) return not_json(error);
    if (auto fault =
            decode_value(value, {schema_.is_change, field->form}, text_, arena_, *field->column)) {
      return std::unexpected("column " + std::string(field->name) + ": " + *fault);
    }
    field->seen = true;
    if (--missing == 0) break;
  }
  for (auto& field : fields_) {
    if (!field.seen) field.column->push_null();
  }
  auto* key_column = buffers_[std::size_t(PseudoColumn::kKey)];
  if (key_column != nullptr && event.key &&
      !simdjson::validate_utf8(event.key->data(), event.key->size())) {
    return std::unexpected("the key is not UTF-8 text, and the SQL needs _key");
  }
  auto* headers_column = buffers_[std::size_t(PseudoColumn::kHeaders)];
  if (headers_column != nullptr && event.headers &&
      !simdjson::validate_utf8(event.headers->data(), event.headers->size())) {
    return std::unexpected("a header is not UTF-8 text, and the SQL needs _headers");
  }
  push_pseudo(event, sign, event_place);
  return 1;
}

EventDecoder::Field* EventDecoder::find_field(ondemand::raw_json_string key, std::size_t place) {
  if (place < places_.size() && places_[place] != nullptr && key == places_[place]->name) {
    return places_[place];
  }
  const auto found =
      std::ranges::find_if(fields_, [&](const Field& field) { return key == field.name; });
  if (found == fields_.end()) return nullptr;
  if (place < kMaxRememberedPlaces) {
    if (place >= places_.size()) places_.resize(place + 1);
    places_[place] = &*found;
  }
  return &*found;
}

void EventDecoder::push_pseudo(const InputEvent& event, int sign, std::int64_t event_place) {
  for (std::size_t i = 0; i < kPseudoColumns; ++i) {
    auto* column = buffers_[i];
    if (column == nullptr) continue;
    switch (static_cast<PseudoColumn>(i)) {
      case PseudoColumn::kTopic:
        column->push_text(schema_.topic);
        break;
      case PseudoColumn::kPartition:
        column->push(event.partition);
        break;
      case PseudoColumn::kOffset:
        column->push(event.offset);
        break;
      case PseudoColumn::kTimestamp:
        column->push(event.timestamp_ms * kMicrosPerMs);
        break;
      case PseudoColumn::kKey:
        push_optional(event.key, *column);
        break;
      case PseudoColumn::kHeaders:
        push_optional(event.headers, *column);
        break;
      case PseudoColumn::kGroup:
        column->push(event.group);
        break;
      case PseudoColumn::kNew:
        column->push(static_cast<std::int8_t>(event.is_new));
        break;
      case PseudoColumn::kSign:
        column->push(static_cast<std::int8_t>(sign));
        break;
      case PseudoColumn::kOrder:
        column->push(2 * event_place + (sign > 0 ? 1 : 0));
        break;
    }
  }
}

}  // namespace daybook::sql

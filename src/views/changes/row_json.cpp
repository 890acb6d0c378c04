#include "views/changes/row_json.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace daybook::views {
namespace {

constexpr std::size_t kMaxRealText = 40;

void append(const std::string& type, const Value& value, std::string& out) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    if (type == "BOOLEAN") {
      out += *whole != 0 ? "true" : "false";
    } else {
      append_number(*whole, out);
    }
  } else if (const auto* real = std::get_if<double>(&value)) {
    std::array<char, kMaxRealText> text;
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), *real).ptr);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    if (type == "JSON" && nlohmann::json::accept(*text)) {
      out += *text;
    } else {
      append_json_text(*text, out);
    }
  } else {
    out += "null";
  }
}

}  // namespace

void append_row_json(const std::vector<ResultColumn>& columns, const std::vector<Value>& row,
                     std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i != 0) out += ',';
    append_json_text(columns[i].name, out);
    out += ':';
    append(columns[i].type, row[i], out);
  }
  out += '}';
}

}  // namespace daybook::views

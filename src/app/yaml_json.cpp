#include "app/yaml_json.h"

#include <algorithm>
#include <cctype>

#include "base/json_text.h"

namespace daybook::app {
namespace {

constexpr int kMaxDepth = 50;

std::size_t digits_at(const std::string& text, std::size_t at) {
  const auto end = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                                [](unsigned char c) { return std::isdigit(c) == 0; });
  return static_cast<std::size_t>(end - text.begin()) - at;
}

// A number by JSON's grammar, so that its digits can be taken over as they are.
bool is_json_number(const std::string& text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, ++at);
    if (fraction == 0) return false;
    at += fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

class Writer {
 public:
  explicit Writer(const Environment& environment) : environment_(environment) {}

  Status append(const YAML::Node& node, int depth) {
    if (depth > kMaxDepth) return fail(ErrorCode::kInvalid, "nested more than 50 deep");
    if (node.IsMap()) return append_object(node, depth);
    if (node.IsSequence()) return append_array(node, depth);
    if (!node.IsScalar()) {
      out_ += "null";
      return {};
    }
    DAYBOOK_TRY(const std::string text, expand(node.Scalar(), environment_));
    const bool is_quoted = node.Tag() == "!";
    const bool is_literal = text == "true" || text == "false" || text == "null";
    if (!is_quoted && (is_literal || is_json_number(text))) {
      out_ += text;
    } else if (!is_quoted && text == "~") {
      out_ += "null";
    } else {
      append_json_text(text, out_);
    }
    return {};
  }

  std::string take() { return std::move(out_); }

 private:
  Status append_object(const YAML::Node& node, int depth) {
    out_ += '{';
    bool is_first = true;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        return fail(ErrorCode::kInvalid, "a name must be a single value");
      }
      if (!is_first) out_ += ',';
      is_first = false;
      append_json_text(entry.first.Scalar(), out_);
      out_ += ':';
      DAYBOOK_TRY_VOID(append(entry.second, depth + 1));
    }
    out_ += '}';
    return {};
  }

  Status append_array(const YAML::Node& node, int depth) {
    out_ += '[';
    bool is_first = true;
    for (const auto& element : node) {
      if (!is_first) out_ += ',';
      is_first = false;
      DAYBOOK_TRY_VOID(append(element, depth + 1));
    }
    out_ += ']';
    return {};
  }

  const Environment& environment_;
  std::string out_;
};

}  // namespace

Result<std::string> yaml_to_json(const YAML::Node& node, const Environment& environment) {
  Writer writer(environment);
  DAYBOOK_TRY_VOID(writer.append(node, 0));
  return writer.take();
}

}  // namespace daybook::app

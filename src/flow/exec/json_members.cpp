#include "flow/exec/json_members.h"

#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace daybook::flow {
namespace {

// Takes what nlohmann's parser finds, in its order. An answer of false stops it.
class Collector final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Collector(std::size_t max_objects) : max_objects_(max_objects) {}
  JsonObjects take() { return std::move(found_); }

  bool null() override { return add("null"); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return add(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& written) override { return add(written); }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& value) override {
    if (depth_ < member_depth()) return false;
    separate();
    append_json_text(value, target());
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ + 1 != member_depth()) return open('{');
    ++depth_;
    found_.objects.emplace_back();
    return found_.objects.size() <= max_objects_;
  }
  bool key(string_t& name) override {
    if (depth_ == member_depth()) {
      found_.objects.back().push_back({std::move(name), ""});
    } else {
      separate();
      append_json_text(name, target());
      target() += ':';
    }
    needs_comma_ = false;
    return true;
  }
  bool end_object() override { return close('}'); }

  bool start_array(std::size_t) override {
    if (depth_ > 0) return open('[');
    ++depth_;
    found_.is_array = true;
    return true;
  }
  bool end_array() override { return close(']'); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  // How many brackets are open where the names of the members stand.
  std::size_t member_depth() const { return found_.is_array ? 2 : 1; }
  std::string& target() { return found_.objects.back().back().json; }

  void separate() {
    if (needs_comma_) target() += ',';
    needs_comma_ = true;
  }
  bool add(std::string_view text) {
    if (depth_ < member_depth()) return false;
    separate();
    target() += text;
    return true;
  }
  bool open(char bracket) {
    if (depth_ < member_depth()) return false;
    separate();
    target() += bracket;
    needs_comma_ = false;
    ++depth_;
    return true;
  }
  bool close(char bracket) {
    if (--depth_ < member_depth()) return true;
    target() += bracket;
    needs_comma_ = true;
    return true;
  }

  std::size_t max_objects_;
  JsonObjects found_;
  std::size_t depth_ = 0;  // open brackets
  bool needs_comma_ = false;
};

}  // namespace

std::optional<JsonObjects> read_json_objects(std::string_view text, std::size_t max_objects) {
  Collector collector(max_objects);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &collector)) return std::nullopt;
  return collector.take();
}

}  // namespace daybook::flow

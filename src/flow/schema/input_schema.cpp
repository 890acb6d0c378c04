#include "flow/schema/input_schema.h"

#include <algorithm>
#include <cctype>

namespace daybook::flow {
namespace {

bool same_name(const std::string& a, const std::string& b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// A form of a later version is read in the usual way: what it writes does not fit, most likely.
sql::ValueForm form_named(std::string_view name) {
  using enum sql::ValueForm;
  if (name == "millis") return kMillis;
  if (name == "micros") return kMicros;
  if (name == "nanos") return kNanos;
  if (name == "unscaled") return kUnscaled;
  return name == "scaled" ? kScaled : kUsual;
}

}  // namespace

Result<sql::InputSchema> to_input_schema(const std::string& topic, const client::Schema& schema,
                                         UnknownTypes unknown) {
  sql::InputSchema input;
  input.topic = topic;
  input.is_change = schema.envelope == client::Envelope::kDebezium;
  for (const auto& column : schema.columns) {
    const auto name = "column " + column.name + " of topic " + topic;
    const bool is_twice = std::ranges::any_of(input.columns, [&](const sql::InputColumn& other) {
      return same_name(other.name, column.name);
    });
    if (column.name.empty() || is_twice || sql::is_pseudo_column(column.name)) {
      return fail(ErrorCode::kInvalid, name +
                                           ": the name is empty, used twice, or one of those "
                                           "that every topic has");
    }
    auto type = sql::parse_type(column.type);
    if (!type && unknown == UnknownTypes::kRefuse) return fail(type.error(), name);
    input.columns.push_back(
        {column.name, type.value_or(sql::ColumnType{}), column.is_key, form_named(column.form)});
  }
  return input;
}

Result<FoundSchema> find_input_schema(client::LogClient& log, const std::string& topic,
                                      const std::optional<client::Schema>& declared) {
  const auto there = log.describe_topic(topic);
  if (!there) {
    if (there.error().code != ErrorCode::kNotFound) return std::unexpected(there.error());
    return FoundSchema{false, std::nullopt, "waiting for topic " + topic};
  }
  if (declared) return FoundSchema{true, declared, ""};
  DAYBOOK_TRY(auto published, client::find_schema(log, topic));
  if (published) return FoundSchema{true, std::move(published), ""};
  return FoundSchema{true, std::nullopt,
                     "waiting for the columns of topic " + topic +
                         ": a source publishes them, or they come of its first events, or declare "
                         "them in the application file under topics"};
}

}  // namespace daybook::flow

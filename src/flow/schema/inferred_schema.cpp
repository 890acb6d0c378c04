#include "flow/schema/inferred_schema.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "client/past_records.h"
#include "sql/input.h"

namespace daybook::flow {
namespace {

using Kind = SchemaGuess::Kind;

constexpr std::int64_t kSampleEvents = 1'000;   // of a topic
constexpr std::int64_t kLeastOfPartition = 10;  // of each partition, however many there are
constexpr std::size_t kHugeintDigits = 38;

const char* type_of(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
      return "BOOLEAN";
    case Kind::kBigint:
      return "BIGINT";
    case Kind::kHugeint:
      return "HUGEINT";
    case Kind::kDouble:
      return "DOUBLE";
    case Kind::kText:
      return "VARCHAR";
    case Kind::kNothing:
    case Kind::kJson:
      return "JSON";
  }
  return "JSON";
}

Kind kind_of(const std::string& type) {
  for (const auto kind :
       {Kind::kBoolean, Kind::kBigint, Kind::kHugeint, Kind::kDouble, Kind::kText}) {
    if (type == type_of(kind)) return kind;
  }
  return Kind::kJson;
}

bool is_number(Kind kind) {
  return kind == Kind::kBigint || kind == Kind::kHugeint || kind == Kind::kDouble;
}

Kind wider(Kind a, Kind b) {
  if (a == b || b == Kind::kNothing) return a;
  if (a == Kind::kNothing) return b;
  return is_number(a) && is_number(b) ? std::max(a, b) : Kind::kJson;
}

std::string small(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

// The fields of an object, of those inside of them nothing.
class Fields final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<std::pair<std::string, Kind>> found;

  bool null() override { return add(Kind::kNothing); }
  bool boolean(bool) override { return add(Kind::kBoolean); }
  bool number_integer(number_integer_t) override { return add(Kind::kBigint); }
  bool number_unsigned(number_unsigned_t value) override {
    return add(value <= INT64_MAX ? Kind::kBigint : Kind::kHugeint);
  }
  bool number_float(number_float_t, const string_t& text) override {
    const bool is_whole = text.find_first_of(".eE") == string_t::npos;
    return add(is_whole && text.size() <= kHugeintDigits ? Kind::kHugeint : Kind::kDouble);
  }
  bool string(string_t&) override { return add(Kind::kText); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (depth_ > 0) return enter();
    depth_ = 1;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) name_ = name;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return end_object(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool add(Kind kind) {
    if (depth_ == 1) found.emplace_back(name_, kind);
    return depth_ > 0;
  }
  bool enter() {
    if (!add(Kind::kJson)) return false;
    ++depth_;
    return true;
  }

  int depth_ = 0;
  std::string name_;
};

// How far the sample goes, and whether there is anything in it.
struct Sample {
  client::Position from;
  client::Position end;
  bool has_events = false;
};

Result<Sample> sample_of(client::LogClient& log, const client::TopicInfo& topic) {
  Sample sample;
  const auto share = std::max(kLeastOfPartition, kSampleEvents / std::max(topic.partitions, 1));
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    const client::TopicPartition partition{topic.name, PartitionId{i}};
    DAYBOOK_TRY(const auto range, log.offsets(partition));
    if (range.end <= range.begin) continue;
    sample.has_events = true;
    sample.from[partition] = range.begin;
    sample.end[partition] = std::min(range.end, Offset{range.begin.value + share});
  }
  return sample;
}

// Of each partition in its order, one partition after the other: so the columns are in the same
// order whoever infers them.
Result<std::optional<client::Schema>> infer(client::LogClient& log, const Sample& sample,
                                            const std::optional<client::Schema>& before) {
  std::map<client::TopicPartition, std::vector<std::string>> values;
  DAYBOOK_TRY_VOID(
      client::read_between(log, sample.from, sample.end, [&](const client::Batch& batch) -> Status {
        for (const auto& record : batch.records()) {
          if (record.value) values[batch.sources()[record.source]].emplace_back(*record.value);
        }
        return {};
      }));
  SchemaGuess guess(before.value_or(client::Schema()));
  for (const auto& [partition, texts] : values) {
    for (const auto& text : texts) guess.take(text);
  }
  return guess.schema();
}

}  // namespace

SchemaGuess::SchemaGuess(const client::Schema& before) {
  for (const auto& column : before.columns) take(column.name, kind_of(column.type));
}

void SchemaGuess::take(std::string_view value) {
  Fields fields;
  if (!nlohmann::json::sax_parse(value, &fields)) return;
  for (const auto& [name, kind] : fields.found) take(name, kind);
}

void SchemaGuess::take(const std::string& name, Kind kind) {
  if (name.empty() || sql::is_pseudo_column(name)) return;
  const auto known = places_.find(small(name));
  if (known != places_.end()) {
    auto& column = columns_[known->second];
    if (column.first == name) column.second = wider(column.second, kind);
    return;
  }
  if (columns_.size() == kMaxColumns) return;
  places_[small(name)] = columns_.size();
  columns_.emplace_back(name, kind);
}

std::optional<client::Schema> SchemaGuess::schema() const {
  if (columns_.empty()) return std::nullopt;
  client::Schema schema{client::Envelope::kPlain, {}, true};
  for (const auto& [name, kind] : columns_) schema.columns.push_back({name, type_of(kind)});
  return schema;
}

Result<FoundSchema> find_or_infer_schema(client::LogClient& log, const std::string& topic,
                                         const std::optional<client::Schema>& declared) {
  DAYBOOK_TRY(auto found, find_input_schema(log, topic, declared));
  const bool is_said = declared || (found.schema && !found.schema->is_inferred);
  if (!found.has_topic || is_said) return found;
  DAYBOOK_TRY(const auto info, log.describe_topic(topic));
  DAYBOOK_TRY(const auto sample, sample_of(log, info));
  found.has_events = sample.has_events;
  if (!sample.has_events) return found;
  // Once more: they may have been published, before the events, since.
  DAYBOOK_TRY(const auto published, client::find_schema(log, topic));
  found.schema = published;
  if (published && !published->is_inferred) return found;
  DAYBOOK_TRY(auto inferred, infer(log, sample, published));
  if (!inferred) return found;
  DAYBOOK_TRY_VOID(client::publish_schema(log, topic, *inferred));
  found.schema = std::move(inferred);
  return found;
}

}  // namespace daybook::flow

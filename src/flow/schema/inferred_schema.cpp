#include "flow/schema/inferred_schema.h"

#include <algorithm>
#include <utility>

#include "client/past_records.h"

namespace daybook::flow {
namespace {

constexpr std::int64_t kSampleEvents = 1'000;   // of a topic
constexpr std::int64_t kLeastOfPartition = 10;  // of each partition, however many there are

struct Sampled {
  std::optional<std::string> key;
  std::string value;
};

bool is_said(const FoundSchema& found) {
  return found.schema && !found.schema->is_inferred;
}

}  // namespace

TopicSchema::TopicSchema(client::LogClient& log, std::string topic,
                         std::optional<client::Schema> declared)
    : log_(log), topic_(std::move(topic)), declared_(std::move(declared)) {}

Result<FoundSchema> TopicSchema::find() {
  DAYBOOK_TRY(auto found, find_input_schema(log_, topic_, declared_));
  if (!found.has_topic || is_said(found)) return found;
  if (found.schema != published_) {
    published_ = found.schema;
    guess_ = SchemaGuess(published_.value_or(client::Schema()));
  }
  DAYBOOK_TRY(found.has_events, look_at_sample());
  if (!found.has_events) return found;
  // Once more: they may have been published, before the events, since.
  DAYBOOK_TRY(const auto now, client::find_schema(log_, topic_));
  if (now && !now->is_inferred) {
    found.schema = now;
    return found;
  }
  DAYBOOK_TRY(found.schema, publish());
  return found;
}

Result<std::optional<client::Schema>> TopicSchema::find_for(
    const client::Schema& used, std::span<const std::string_view> values) {
  DAYBOOK_TRY(auto found, find());
  if (!found.schema || is_said(found) || *found.schema != used) {
    const bool is_other = found.schema && *found.schema != used;
    return is_other ? std::move(found.schema) : std::nullopt;
  }
  for (const auto value : values) guess_.widen(value);
  DAYBOOK_TRY(auto wider, publish());
  return wider == used ? std::nullopt : std::move(wider);
}

// What is guessed by now.
Result<std::optional<client::Schema>> TopicSchema::publish() {
  auto guessed = guess_.schema();
  if (guessed && guessed != published_) {
    DAYBOOK_TRY_VOID(client::publish_schema(log_, topic_, *guessed));
    published_ = guessed;
  }
  return guessed;
}

// Whether the topic has events. Reads what has come since, as far as the sample goes.
Result<bool> TopicSchema::look_at_sample() {
  if (is_complete_) return true;
  DAYBOOK_TRY(const auto topic, log_.describe_topic(topic_));
  const auto share = std::max(kLeastOfPartition, kSampleEvents / std::max(topic.partitions, 1));
  client::Position from;
  client::Position end;
  bool is_whole = true;
  DAYBOOK_TRY(const auto ranges, log_.offsets_of(partitions_of(topic)));
  for (const auto& [partition, range] : ranges) {
    const auto i = partition.partition.value;
    if (range.end > range.begin) {
      sample_.try_emplace(i, Part{range.begin, Offset{range.begin.value + share}});
    }
    const auto part = sample_.find(i);
    is_whole = is_whole && part != sample_.end() && range.end >= part->second.end;
    if (part == sample_.end()) continue;
    from[partition] = std::max(part->second.next, range.begin);
    end[partition] = std::min(range.end, part->second.end);
    if (from[partition] < end[partition]) continue;
    from.erase(partition);
    end.erase(partition);
  }
  if (!end.empty()) DAYBOOK_TRY_VOID(look_at(from, end));
  for (const auto& [partition, offset] : end) sample_.at(partition.partition.value).next = offset;
  is_complete_ = is_whole;
  return !sample_.empty();
}

// Of each partition in its order, one partition after the other: so the columns are in the same
// order whoever infers them.
Status TopicSchema::look_at(const client::Position& from, const client::Position& end) {
  std::map<client::TopicPartition, std::vector<Sampled>> sampled;
  DAYBOOK_TRY_VOID(client::read_between(log_, from, end, [&](const client::Batch& batch) -> Status {
    for (const auto& record : batch.records()) {
      ++events_read_;
      if (!record.value) continue;
      auto& next = sampled[batch.sources()[record.source]].emplace_back();
      next.value = *record.value;
      if (record.key) next.key = *record.key;
    }
    return {};
  }));
  for (const auto& [partition, events] : sampled) {
    for (const auto& event : events) guess_.take(event.value, event.key);
  }
  return {};
}

}  // namespace daybook::flow

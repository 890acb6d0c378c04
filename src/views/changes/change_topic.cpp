#include "views/changes/change_topic.h"

#include "client/schema.h"
#include "flow/position_text.h"
#include "views/changes/row_json.h"

namespace daybook::views {
namespace {

constexpr std::size_t kPublishedAtOnce = 10'000;
constexpr client::milliseconds kAcknowledgeTimeout{30'000};
constexpr std::size_t kFetchRecords = 10'000;
constexpr std::size_t kFetchBytes = 4u << 20;
constexpr client::milliseconds kFetchWait{250};
constexpr client::milliseconds kReadTimeout{30'000};  // without an event

}  // namespace

Status ChangeTopic::publish() {
  const auto done = [this]() -> Status {
    if (outbox_->topic() != options_.topic) DAYBOOK_TRY_VOID(begin());
    while (true) {
      DAYBOOK_TRY(const auto changes, outbox_->pending(kPublishedAtOnce));
      if (changes.empty()) return {};
      DAYBOOK_TRY_VOID(write(changes));
      DAYBOOK_TRY_VOID(outbox_->strike(changes));
    }
  }();
  if (done) return {};
  writer_.reset();  // an error ends it
  return fail(done.error(), "change topic " + options_.topic);
}

Status ChangeTopic::begin() {
  DAYBOOK_TRY(const auto input, log_.describe_topic(options_.input));
  const auto created =
      log_.create_topic({options_.topic, input.partitions, {{"cleanup.policy", "compact"}}});
  if (!created && created.error().code != ErrorCode::kAlreadyExists) return created;
  if (options_.has_one_row_per_key) {
    client::Schema schema;
    for (const auto& column : options_.columns) {
      schema.columns.push_back(
          {column.name, column.type.empty() ? "VARCHAR" : column.type, column.is_key});
    }
    DAYBOOK_TRY_VOID(client::publish_schema(log_, options_.topic, schema));
  }
  return outbox_->follow(options_.topic,
                         [this](const ChangeOutbox::TakeKey& take) { return read_keys(take); });
}

Status ChangeTopic::read_keys(const ChangeOutbox::TakeKey& take) {
  DAYBOOK_TRY(const auto topic, log_.describe_topic(options_.topic));
  client::Position next;
  client::Position end;
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    const client::TopicPartition partition{options_.topic, PartitionId{i}};
    DAYBOOK_TRY(const auto range, log_.offsets(partition));
    if (range.begin == range.end) continue;
    next[partition] = range.begin;
    end[partition] = range.end;
  }
  if (next.empty()) return {};
  DAYBOOK_TRY(const auto reader, log_.make_reader());
  DAYBOOK_TRY_VOID(reader->assign(next));
  auto waited = client::milliseconds(0);
  while (!flow::covers(next, end)) {
    DAYBOOK_TRY(const auto batch, reader->fetch(kFetchRecords, kFetchBytes, kFetchWait));
    client::advance(next, *batch);
    for (const auto& record : batch->records()) {
      if (!record.key) return take("");
      DAYBOOK_TRY_VOID(take(*record.key));
    }
    waited = batch->records().empty() ? waited + kFetchWait : client::milliseconds(0);
    if (waited >= kReadTimeout) {
      return fail(ErrorCode::kTimedOut, "what it has could not be read to its end");
    }
  }
  return {};
}

Status ChangeTopic::write(const std::vector<ChangeOutbox::Change>& changes) {
  if (writer_ == nullptr) {
    DAYBOOK_TRY(writer_, log_.make_writer());
  }
  std::string value;
  for (const auto& change : changes) {
    client::OutgoingRecord record;
    record.topic = options_.topic;
    record.key = change.key;
    value = value_of(change);
    if (!change.rows.empty()) record.value = value;
    DAYBOOK_TRY_VOID(writer_->write(record));
  }
  return writer_->flush(kAcknowledgeTimeout);
}

std::string ChangeTopic::value_of(const ChangeOutbox::Change& change) const {
  std::string text;
  if (!options_.has_one_row_per_key) text += '[';
  for (std::size_t i = 0; i < change.rows.size(); ++i) {
    if (i != 0) text += ',';
    append_row_json(options_.columns, change.rows[i], text);
  }
  if (!options_.has_one_row_per_key) text += ']';
  return text;
}

}  // namespace daybook::views

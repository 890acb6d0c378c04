#include "views/changes/change_topic.h"

#include "client/past_records.h"
#include "client/schema.h"
#include "views/changes/row_json.h"
#include "views/changes/topic_range.h"

namespace daybook::views {
namespace {

constexpr std::size_t kPublishedAtOnce = 10'000;

}  // namespace

Status ChangeTopic::publish() {
  if (writer_ == nullptr) {
    writer_ =
        std::make_unique<SoleWriter>(log_, transactions_, options_.topic, outbox_->publisher());
  }
  const auto turn = writer_->turn();
  Status done;
  if (!turn) {
    done = std::unexpected(turn.error());
  } else if (*turn != SoleWriter::Turn::kNone) {
    done = publish_pending(*turn);
  }
  if (done) return {};
  writer_->leave();
  return fail(done.error(), "change topic " + options_.topic);
}

Status ChangeTopic::publish_pending(SoleWriter::Turn turn) {
  bool is_followed = outbox_->topic() == options_.topic;
  if (is_followed && turn == SoleWriter::Turn::kNew) {
    DAYBOOK_TRY(is_followed, writer_->is_as_we_left_it());
  }
  if (!is_followed) DAYBOOK_TRY_VOID(begin());
  while (true) {
    DAYBOOK_TRY(const auto changes, outbox_->pending(kPublishedAtOnce));
    if (changes.empty()) return {};
    DAYBOOK_TRY_VOID(write(changes));
    DAYBOOK_TRY_VOID(outbox_->strike(changes));
  }
}

Status ChangeTopic::leave() {
  writer_.reset();
  return outbox_->leave();
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
  DAYBOOK_TRY(const auto range, range_of(log_, options_.topic));
  return client::read_between(log_, range.begin, range.end,
                              [&](const client::Batch& batch) -> Status {
                                for (const auto& record : batch.records()) {
                                  DAYBOOK_TRY_VOID(take(record.key.value_or("")));
                                }
                                return {};
                              });
}

Status ChangeTopic::write(const std::vector<ChangeOutbox::Change>& changes) {
  DAYBOOK_TRY_VOID(writer_->begin());
  std::string value;
  for (const auto& change : changes) {
    value = value_of(change);
    DAYBOOK_TRY_VOID(writer_->write(
        change.key, change.rows.empty() ? std::nullopt : std::optional<std::string_view>(value)));
  }
  return writer_->commit();
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

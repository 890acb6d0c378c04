#include "views/changes/sole_writer.h"

#include <algorithm>
#include <map>

#include "client/past_records.h"
#include "client/schema.h"
#include "views/changes/topic_range.h"

namespace daybook::views {
namespace {

constexpr const char* kNamePrefix = "daybook.changes.";
constexpr std::size_t kPolledBytes = 64 << 10;

}  // namespace

Result<SoleWriter::Turn> SoleWriter::turn() {
  const auto found = [this]() -> Result<Turn> {
    if (member_ == nullptr) DAYBOOK_TRY_VOID(join());
    // What it reads is of no interest: that it asks keeps it in the group.
    DAYBOOK_TRY_VOID(member_->fetch(1, kPolledBytes, client::milliseconds(0)));
    if (member_->assigned().empty()) {
      writer_.reset();
      return Turn::kNone;
    }
    if (writer_ != nullptr) return Turn::kKept;
    DAYBOOK_TRY(writer_, transactions_.make_writer(kNamePrefix + topic_));
    return Turn::kNew;
  }();
  if (!found) leave();
  return found;
}

Status SoleWriter::join() {
  const auto created =
      log_.create_topic({client::kSchemaTopic, 1, {{"cleanup.policy", "compact"}}});
  if (!created && created.error().code != ErrorCode::kAlreadyExists) return created;
  DAYBOOK_TRY(member_, transactions_.join({kNamePrefix + topic_, {client::kSchemaTopic}, ""}));
  return {};
}

Result<bool> SoleWriter::is_as_we_left_it() {
  DAYBOOK_TRY(const auto range, range_of(log_, topic_));
  std::map<client::TopicPartition, bool> is_ours;  // the last record
  DAYBOOK_TRY_VOID(client::find_last_records(
      log_, range.end,
      [&](const client::TopicPartition& partition, const client::Batch& batch,
          std::size_t record) -> Status {
        is_ours[partition] =
            std::ranges::any_of(batch.headers(record), [this](const client::HeaderView& header) {
              return header.name == kPublisherHeader && header.value == publisher_;
            });
        return {};
      }));
  return std::ranges::all_of(is_ours, [](const auto& last) { return last.second; });
}

Status SoleWriter::begin() {
  return ended(writer_->begin());
}

Status SoleWriter::write(std::string_view key, std::optional<std::string_view> value) {
  client::OutgoingRecord record;
  record.topic = topic_;
  record.key = key;
  record.value = value;
  record.headers = {{kPublisherHeader, publisher_}};
  return ended(writer_->write(record));
}

// No offsets go with it; the membership is looked at where the log does that.
Status SoleWriter::commit() {
  return ended(writer_->commit(*member_, {}));
}

Status SoleWriter::ended(Status status) {
  if (!status) leave();
  return status;
}

void SoleWriter::leave() {
  writer_.reset();
  member_.reset();
}

}  // namespace daybook::views

#include "log/compaction/batch_filter.h"

#include <optional>
#include <vector>

#include "wire/batch_builder.h"
#include "wire/record_reader.h"

namespace daybook::log {
namespace {

struct Judged {
  std::vector<bool> stays;  // of each record
  std::size_t staying = 0;
  bool has_tombstone = false;  // among those that stay
};

bool is_last_of_its_key(const wire::Record& record, const FilterRules& rules) {
  if (record.offset >= rules.mapped_end) return true;
  if (!record.key) return false;
  const auto last = rules.last_offsets.find(*record.key);
  return !last || record.offset >= *last;
}

Result<Judged> judge(const wire::BatchView& batch, const FilterRules& rules) {
  const bool horizon_passed = batch.has_delete_horizon() && rules.now >= batch.base_timestamp();
  Judged judged;
  DAYBOOK_TRY(auto reader, wire::RecordReader::open(batch));
  for (wire::Record record;;) {
    DAYBOOK_TRY(const bool more, reader.next(record));
    if (!more) return judged;
    const bool is_tombstone = !record.value;
    const bool stays = record.offset >= rules.log_start && is_last_of_its_key(record, rules) &&
                       !(is_tombstone && horizon_passed);
    judged.stays.push_back(stays);
    judged.staying += stays ? 1 : 0;
    judged.has_tombstone = judged.has_tombstone || (stays && is_tombstone);
  }
}

Result<Bytes> rewrite(const wire::BatchView& batch, const Judged& judged,
                      std::optional<TimestampMs> horizon) {
  wire::BatchBuilder builder({.base_offset = batch.base_offset(),
                              .leader_epoch = batch.leader_epoch(),
                              .compression = batch.compression(),
                              .timestamp_type = batch.timestamp_type(),
                              .producer_id = batch.producer_id(),
                              .producer_epoch = batch.producer_epoch(),
                              .base_sequence = batch.base_sequence(),
                              .transactional = batch.is_transactional(),
                              .control = batch.is_control(),
                              .delete_horizon = horizon});
  DAYBOOK_TRY(auto reader, wire::RecordReader::open(batch));
  std::size_t number = 0;
  for (wire::Record record;;) {
    DAYBOOK_TRY(const bool more, reader.next(record));
    if (!more) break;
    if (judged.stays[number++]) builder.add(record);
  }
  builder.set_last_offset(batch.last_offset());
  return std::move(builder).finish();
}

// What is left of a batch of which no record stays.
Filtered emptied(const wire::BatchView& batch, const FilterPlace& place) {
  if (!place.keep_end) return {Filtered::Fate::kGone, {}};
  if (batch.record_count() == 0) return {Filtered::Fate::kAsItIs, {}};
  return {Filtered::Fate::kRewritten, wire::without_records(batch)};
}

TimestampMs new_horizon(const FilterRules& rules) {
  return TimestampMs{rules.now.value + rules.delete_retention.count()};
}

Result<Filtered> filter_marker(const wire::BatchView& marker, const FilterRules& rules,
                               const FilterPlace& place) {
  if (!place.is_over) return Filtered{};
  if (marker.record_count() == 0) return emptied(marker, place);
  if (marker.has_delete_horizon()) {
    return rules.now >= marker.base_timestamp() ? emptied(marker, place) : Filtered{};
  }
  Judged all;
  all.stays.assign(static_cast<std::size_t>(marker.record_count()), true);
  DAYBOOK_TRY(Bytes bytes, rewrite(marker, all, new_horizon(rules)));
  if (bytes.size() > place.room_bytes) return Filtered{};
  return Filtered{Filtered::Fate::kRewritten, std::move(bytes)};
}

}  // namespace

Result<Filtered> filter_batch(const wire::BatchView& batch, const FilterRules& rules,
                              const FilterPlace& place) {
  if (batch.is_control()) return filter_marker(batch, rules, place);
  if (place.is_over) return emptied(batch, place);
  DAYBOOK_TRY(const Judged judged, judge(batch, rules));
  if (judged.staying == 0) return emptied(batch, place);
  std::optional<TimestampMs> horizon;
  if (batch.has_delete_horizon()) horizon = batch.base_timestamp();
  // Earlier records of the tombstones' keys are gone by the end of this run, if the map knows them.
  const bool sets_horizon =
      !horizon && judged.has_tombstone && batch.last_offset() < rules.mapped_end;
  if (judged.staying == judged.stays.size() && !sets_horizon) return Filtered{};
  DAYBOOK_TRY(Bytes bytes,
              rewrite(batch, judged, sets_horizon ? std::optional(new_horizon(rules)) : horizon));
  if (bytes.size() > place.room_bytes) {
    // Timestamps are told from the horizon, which may take more bytes than before.
    DAYBOOK_TRY(bytes, rewrite(batch, judged, horizon));
  }
  // Another encoder of the same codec may need more bytes than the producer's.
  if (bytes.size() > place.room_bytes) return Filtered{};
  return Filtered{Filtered::Fate::kRewritten, std::move(bytes)};
}

}  // namespace daybook::log

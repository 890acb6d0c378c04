#include "wire/control_record.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/check.h"
#include "base/endian.h"
#include "wire/batch_builder.h"

namespace daybook::wire {
namespace {

// Key: version int16, type int16. Value of a marker: version int16, coordinator epoch int32. Later
// versions may add fields behind these.
constexpr std::int16_t kVersion = 0;
constexpr std::size_t kVersionSizeBytes = 2;
constexpr std::size_t kKeySizeBytes = kVersionSizeBytes + 2;
constexpr std::size_t kMarkerSizeBytes = kVersionSizeBytes + 4;

// What `part` must begin with: a version that is not negative, in at least `size_bytes`.
Status check_part(std::string_view part, const std::optional<BytesView>& bytes,
                  std::size_t size_bytes, Offset offset) {
  const std::size_t found = bytes ? bytes->size() : 0;
  if (found < size_bytes) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("reading the control record at offset {}: a {} of {} bytes, it has at "
                            "least {}",
                            offset.value, part, found, size_bytes));
  }
  if (const auto version = load_be<std::int16_t>(bytes->data()); version < 0) {
    return fail(ErrorCode::kCorrupt, fmt::format("reading the control record at offset {}: {} "
                                                 "version {}",
                                                 offset.value, part, version));
  }
  return {};
}

}  // namespace

Bytes end_transaction_batch(const EndTransactionMarker& marker, const MarkerPlace& place) {
  const auto type = marker.result == TransactionResult::kCommit ? ControlRecordType::kCommit
                                                                : ControlRecordType::kAbort;
  std::array<std::byte, kKeySizeBytes> key;
  store_be(key.data(), kVersion);
  store_be(key.data() + kVersionSizeBytes, std::to_underlying(type));
  std::array<std::byte, kMarkerSizeBytes> value;
  store_be(value.data(), kVersion);
  store_be(value.data() + kVersionSizeBytes, marker.coordinator_epoch);

  BatchBuilder builder({.base_offset = place.base_offset,
                        .leader_epoch = place.leader_epoch,
                        .producer_id = place.producer_id,
                        .producer_epoch = place.producer_epoch,
                        .transactional = true,
                        .control = true});
  builder.add(place.timestamp, key, value);
  Result<Bytes> batch = std::move(builder).finish();
  DAYBOOK_CHECK(batch.has_value(), "a batch of one small record has a size that is allowed");
  return *std::move(batch);
}

Result<ControlRecordType> control_record_type(const Record& record) {
  DAYBOOK_TRY_VOID(check_part("key", record.key, kKeySizeBytes, record.offset));
  return static_cast<ControlRecordType>(
      load_be<std::int16_t>(record.key->data() + kVersionSizeBytes));
}

Result<EndTransactionMarker> read_end_transaction_marker(const Record& record) {
  DAYBOOK_TRY(const ControlRecordType type, control_record_type(record));
  if (type != ControlRecordType::kCommit && type != ControlRecordType::kAbort) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("reading the end of a transaction at offset {}: a control record of "
                            "type {}",
                            record.offset.value, std::to_underlying(type)));
  }
  DAYBOOK_TRY_VOID(check_part("value", record.value, kMarkerSizeBytes, record.offset));
  return EndTransactionMarker{
      .result = type == ControlRecordType::kCommit ? TransactionResult::kCommit
                                                   : TransactionResult::kAbort,
      .coordinator_epoch = load_be<std::int32_t>(record.value->data() + kVersionSizeBytes)};
}

}  // namespace daybook::wire

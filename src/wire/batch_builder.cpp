#include "wire/batch_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"
#include "base/varint.h"
#include "wire/compression.h"

namespace daybook::wire {

using namespace batch_layout;

namespace {

std::size_t varint_size(std::int64_t value) {
  return varint_size_bytes(zigzag_encode(value));
}

std::size_t field_size(const std::optional<BytesView>& bytes) {
  return bytes ? varint_size(static_cast<std::int64_t>(bytes->size())) + bytes->size() : 1;
}

void append(Bytes& to, BytesView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_varint(Bytes& to, std::int64_t value) {
  std::array<std::byte, kMaxVarint64SizeBytes> buffer;
  append(to, BytesView(buffer).first(write_varint(buffer.data(), zigzag_encode(value))));
}

void append_field(Bytes& to, const std::optional<BytesView>& bytes) {
  append_varint(to, bytes ? static_cast<std::int64_t>(bytes->size()) : -1);
  if (bytes) append(to, *bytes);
}

}  // namespace

BatchBuilder::BatchBuilder(const BatchOptions& options)
    : options_(options), bytes_(kBatchHeaderSizeBytes) {}

void BatchBuilder::add(TimestampMs timestamp, std::optional<BytesView> key,
                       std::optional<BytesView> value, std::span<const RecordHeader> headers) {
  add(Record{.offset = options_.base_offset + last_offset_delta_ + 1,
             .timestamp = timestamp,
             .key = key,
             .value = value,
             .headers = headers});
}

void BatchBuilder::add(const Record& record) {
  const std::int64_t offset_delta = record.offset - options_.base_offset;
  DAYBOOK_CHECK(offset_delta > last_offset_delta_, "records are added in the order of offsets");
  DAYBOOK_CHECK(offset_delta <= std::numeric_limits<std::int32_t>::max(),
                "a batch spans less than 2^31 offsets");
  if (count_ == 0) {
    base_timestamp_ = options_.delete_horizon.value_or(record.timestamp);
    max_timestamp_ = record.timestamp;
  }
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  // Unsigned, because timestamps may be anywhere in an int64: readers add with the same wrap.
  const auto timestamp_delta =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(record.timestamp.value) -
                                static_cast<std::uint64_t>(base_timestamp_.value));

  const auto header_count = static_cast<std::int64_t>(record.headers.size());
  std::size_t size = 1 + varint_size(timestamp_delta) + varint_size(offset_delta) +
                     field_size(record.key) + field_size(record.value) + varint_size(header_count);
  for (const RecordHeader& header : record.headers) {
    size += field_size(header.name) + field_size(header.value);
  }
  append_varint(bytes_, static_cast<std::int64_t>(size));
  bytes_.push_back(std::byte{0});  // attributes: unused in format v2
  append_varint(bytes_, timestamp_delta);
  append_varint(bytes_, offset_delta);
  append_field(bytes_, record.key);
  append_field(bytes_, record.value);
  append_varint(bytes_, header_count);
  for (const RecordHeader& header : record.headers) {
    append_field(bytes_, header.name);
    append_field(bytes_, header.value);
  }
  last_offset_delta_ = static_cast<std::int32_t>(offset_delta);
  ++count_;
}

void BatchBuilder::set_last_offset(Offset last) {
  const std::int64_t delta = last - options_.base_offset;
  DAYBOOK_CHECK(delta >= last_offset_delta_ && delta <= std::numeric_limits<std::int32_t>::max(),
                "the last offset is not below that of a record");
  last_offset_delta_ = static_cast<std::int32_t>(delta);
}

Result<Bytes> BatchBuilder::finish() && {
  if (options_.compression != Compression::kNone) {
    DAYBOOK_TRY(const Bytes packed,
                compress(options_.compression, BytesView(bytes_).subspan(kBatchHeaderSizeBytes)));
    bytes_.resize(kBatchHeaderSizeBytes);
    append(bytes_, packed);
  }
  if (bytes_.size() > kMaxBatchSizeBytes) {
    return fail(ErrorCode::kInvalid,
                fmt::format("building a record batch of {} bytes: the limit is "
                            "{}, spread the records over more batches",
                            bytes_.size(), kMaxBatchSizeBytes));
  }
  const int attributes = static_cast<int>(options_.compression) |
                         static_cast<int>(options_.timestamp_type) << 3 |
                         (options_.transactional ? 0x10 : 0) | (options_.control ? 0x20 : 0) |
                         (options_.delete_horizon ? 0x40 : 0);
  std::byte* const data = bytes_.data();
  store_be(data + kBaseOffsetAt, options_.base_offset.value);
  store_be(data + kLengthAt, static_cast<std::int32_t>(bytes_.size() - kBatchPrefixSizeBytes));
  store_be(data + kLeaderEpochAt, options_.leader_epoch.value);
  store_be(data + kMagicAt, kBatchMagic);
  store_be(data + kAttributesAt, static_cast<std::int16_t>(attributes));
  store_be(data + kLastOffsetDeltaAt, std::max(last_offset_delta_, 0));
  store_be(data + kBaseTimestampAt, base_timestamp_.value);
  store_be(data + kMaxTimestampAt, max_timestamp_.value);
  store_be(data + kProducerIdAt, options_.producer_id.value);
  store_be(data + kProducerEpochAt, options_.producer_epoch.value);
  store_be(data + kBaseSequenceAt, options_.base_sequence);
  store_be(data + kCountAt, count_);
  store_be(data + kCrcAt, crc32c(BytesView(bytes_).subspan(kAttributesAt)));
  return std::move(bytes_);
}

}  // namespace daybook::wire

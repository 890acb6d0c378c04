#include "wire/record_batch.h"

#include <fmt/format.h>

#include <limits>

#include "base/crc32c.h"

namespace daybook::wire {

using namespace batch_layout;

namespace {

using Kind = BatchFault::Kind;

// Length, attributes, two deltas, two lengths and a header count: one byte each at the least.
constexpr std::size_t kMinRecordSizeBytes = 7;
constexpr std::int16_t kLogAppendTimeBit = 0x08;
constexpr std::int16_t kCompressionAndDeleteHorizonBits = 0x47;

template <class... Args>
std::unexpected<BatchFault> fault(Kind kind, std::size_t at, fmt::format_string<Args...> format,
                                  Args&&... args) {
  return std::unexpected(BatchFault{kind, at, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kIncomplete:
      return "incomplete";
    case Kind::kBadLength:
      return "bad length";
    case Kind::kBadMagic:
      return "bad magic";
    case Kind::kBadCrc:
      return "bad CRC";
    case Kind::kBadFields:
      return "contradictory fields";
    case Kind::kNotAllowed:
      return "not allowed";
  }
  return "unknown";
}

std::uint32_t BatchView::computed_crc() const {
  return crc32c(bytes_.subspan(kAttributesAt));
}

std::int32_t BatchView::last_sequence() const {
  const std::int32_t base = base_sequence();
  if (base < 0) return kNoSequence;
  const std::int64_t last = std::int64_t{base} + last_offset_delta();
  return static_cast<std::int32_t>(last & std::numeric_limits<std::int32_t>::max());
}

BatchResult<BatchView> frame_batch(BytesView bytes, std::size_t max_size_bytes) {
  if (bytes.size() < kBatchPrefixSizeBytes) {
    return fault(Kind::kIncomplete, bytes.size(), "{} bytes left, a batch starts with {}",
                 bytes.size(), kBatchPrefixSizeBytes);
  }
  const auto length = load_be<std::int32_t>(bytes.data() + kLengthAt);
  constexpr auto kMinLength =
      static_cast<std::int32_t>(kBatchHeaderSizeBytes - kBatchPrefixSizeBytes);
  if (length < kMinLength) {
    return fault(Kind::kBadLength, kLengthAt, "length {}, the header alone has {}", length,
                 kMinLength);
  }
  const std::size_t size = kBatchPrefixSizeBytes + static_cast<std::size_t>(length);
  if (size > max_size_bytes) {
    return fault(Kind::kBadLength, kLengthAt, "a batch of {} bytes, the limit is {}", size,
                 max_size_bytes);
  }
  if (bytes.size() > kMagicAt) {
    if (const auto magic = load_be<std::int8_t>(bytes.data() + kMagicAt); magic != kBatchMagic) {
      return fault(Kind::kBadMagic, kMagicAt, "magic {}, only record batch format {} is supported",
                   magic, kBatchMagic);
    }
  }
  if (bytes.size() < size) {
    return fault(Kind::kIncomplete, bytes.size(), "{} of the batch's {} bytes", bytes.size(), size);
  }
  return BatchView(bytes.first(size));
}

BatchResult<void> check_batch(const BatchView& batch) {
  if (batch.magic() != kBatchMagic) {
    return fault(Kind::kBadMagic, kMagicAt, "magic {}, only record batch format {} is supported",
                 batch.magic(), kBatchMagic);
  }
  if (const std::uint32_t computed = batch.computed_crc(); computed != batch.crc()) {
    return fault(Kind::kBadCrc, kCrcAt, "CRC-32C {:#010x} stored, {:#010x} computed over {} bytes",
                 batch.crc(), computed, batch.size_bytes() - kAttributesAt);
  }
  if (static_cast<std::uint8_t>(batch.compression()) >= kCompressionCount) {
    return fault(Kind::kBadFields, kAttributesAt, "compression codec {}, the highest is {}",
                 static_cast<int>(batch.compression()), kCompressionCount - 1);
  }
  const std::int32_t delta = batch.last_offset_delta();
  if (delta < 0) {
    return fault(Kind::kBadFields, kLastOffsetDeltaAt, "last offset delta {}", delta);
  }
  if (batch.base_offset().value < 0 ||
      batch.base_offset().value > std::numeric_limits<std::int64_t>::max() - delta - 1) {
    return fault(Kind::kBadFields, kBaseOffsetAt, "base offset {}", batch.base_offset().value);
  }
  const std::int32_t count = batch.record_count();
  if (count < 0 || count - 1 > delta) {
    return fault(Kind::kBadFields, kCountAt, "{} records in offsets 0 to {} of the batch", count,
                 delta);
  }
  const std::size_t payload = batch.record_bytes().size();
  if (batch.compression() == Compression::kNone &&
      static_cast<std::size_t>(count) > payload / kMinRecordSizeBytes) {
    return fault(Kind::kBadFields, kCountAt, "{} records in {} bytes", count, payload);
  }
  return {};
}

BatchResult<void> check_produced_batch(const BatchView& batch) {
  if (auto checked = check_batch(batch); !checked) return checked;
  if (batch.record_count() == 0) {
    return fault(Kind::kNotAllowed, kCountAt, "a produced batch without records");
  }
  if (batch.record_count() - 1 != batch.last_offset_delta()) {
    return fault(Kind::kNotAllowed, kLastOffsetDeltaAt, "{} records, but last offset delta {}",
                 batch.record_count(), batch.last_offset_delta());
  }
  if (batch.is_control()) {
    return fault(Kind::kNotAllowed, kAttributesAt, "a control batch from a client");
  }
  if (batch.has_delete_horizon()) {
    return fault(Kind::kNotAllowed, kAttributesAt, "a delete horizon from a client");
  }
  if (batch.timestamp_type() != TimestampType::kCreateTime) {
    return fault(Kind::kNotAllowed, kAttributesAt, "a client's batch with log append time");
  }
  if (batch.has_producer() && (batch.base_sequence() < 0 || batch.producer_epoch().value < 0)) {
    return fault(Kind::kNotAllowed, kBaseSequenceAt,
                 "producer id {} with epoch {} and base sequence {}", batch.producer_id().value,
                 batch.producer_epoch().value, batch.base_sequence());
  }
  // Without a producer id the sequence says nothing: some clients leave it at 0.
  if (!batch.has_producer() && batch.is_transactional()) {
    return fault(Kind::kNotAllowed, kProducerIdAt, "a transactional batch without a producer id");
  }
  return {};
}

void set_base_offset(MutableBytes batch, Offset base_offset) {
  store_be(batch.data() + kBaseOffsetAt, base_offset.value);
}

void set_leader_epoch(MutableBytes batch, LeaderEpoch epoch) {
  store_be(batch.data() + kLeaderEpochAt, epoch.value);
}

Bytes without_records(const BatchView& batch) {
  Bytes bytes = to_bytes(batch.bytes().first(kBatchHeaderSizeBytes));
  std::byte* const data = bytes.data();
  store_be(data + kLengthAt, static_cast<std::int32_t>(bytes.size() - kBatchPrefixSizeBytes));
  store_be(data + kAttributesAt,
           static_cast<std::int16_t>(batch.attributes() & ~kCompressionAndDeleteHorizonBits));
  // No record is that late, so no time index may say so.
  store_be(data + kBaseTimestampAt, kNoTimestamp.value);
  store_be(data + kMaxTimestampAt, kNoTimestamp.value);
  store_be(data + kCountAt, std::int32_t{0});
  store_be(data + kCrcAt, crc32c(BytesView(bytes).subspan(kAttributesAt)));
  return bytes;
}

void set_log_append_time(MutableBytes batch, TimestampMs time) {
  std::byte* const data = batch.data();
  const auto attributes = load_be<std::int16_t>(data + kAttributesAt);
  store_be(data + kAttributesAt, static_cast<std::int16_t>(attributes | kLogAppendTimeBit));
  store_be(data + kMaxTimestampAt, time.value);
  store_be(data + kCrcAt, crc32c(batch.subspan(kAttributesAt)));
}

}  // namespace daybook::wire

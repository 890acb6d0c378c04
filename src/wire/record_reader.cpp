#include "wire/record_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>

#include "base/varint.h"
#include "wire/compression.h"

namespace daybook::wire {
namespace {

// Reads fields off the front of one record's bytes. After the first one that does not fit `ok` is
// false, and nothing more is taken.
class FieldReader {
 public:
  explicit FieldReader(BytesView bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t at() const { return at_; }
  std::size_t remaining() const { return bytes_.size() - at_; }

  void skip_byte() { take(1); }

  template <std::signed_integral T>
  T varint() {
    std::make_unsigned_t<T> value = 0;
    const std::size_t size = ok_ ? read_varint(bytes_.subspan(at_), value) : 0;
    if (size == 0) ok_ = false;
    at_ += size;
    return ok_ ? zigzag_decode(value) : 0;
  }

  // A length and as many bytes; -1 is null.
  std::optional<BytesView> bytes() {
    const auto length = varint<std::int32_t>();
    if (length == -1) return std::nullopt;
    if (length < 0) {
      ok_ = false;
      return std::nullopt;
    }
    return take(static_cast<std::size_t>(length));
  }

 private:
  BytesView take(std::size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      return {};
    }
    const BytesView taken = bytes_.subspan(at_, n);
    at_ += n;
    return taken;
  }

  BytesView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::unexpected<Error> bad_record(std::int32_t index, std::size_t at, std::string_view found) {
  return fail(ErrorCode::kCorrupt,
              fmt::format("record {} of the batch, byte {} of its records: {}", index, at, found));
}

// A varint of one to three bytes, which is all that records below a megabyte need; false for
// others. It is most of what a produced record costs, so it is written out instead of looped.
[[gnu::always_inline]] inline bool short_varint(const std::byte*& at, const std::byte* end,
                                                std::int32_t& value) {
  const std::ptrdiff_t left = end - at;
  if (left < 1) return false;
  auto bits = std::to_integer<std::uint32_t>(at[0]);
  std::ptrdiff_t size = 1;
  if (bits >= 0x80) {
    if (left < 2) return false;
    auto next = std::to_integer<std::uint32_t>(at[1]);
    bits = (bits & 0x7f) | ((next & 0x7f) << 7);
    size = 2;
    if (next >= 0x80) {
      if (left < 3) return false;
      next = std::to_integer<std::uint32_t>(at[2]);
      if (next >= 0x80) return false;
      bits |= next << 14;
      size = 3;
    }
  }
  at += size;
  value = zigzag_decode(bits);
  return true;
}

// Skips a key or a value; false if it does not end before `end`.
[[gnu::always_inline]] inline bool skip_bytes(const std::byte*& at, const std::byte* end) {
  std::int32_t length = 0;
  if (!short_varint(at, end, length) || length < -1 || length > end - at) return false;
  at += std::max(length, 0);
  return true;
}

// True if `bytes` are `count` records as nearly all are: without headers, with offset deltas 0, 1,
// 2..., and with short fields. It reads no more than it must to know that they are valid; what it
// does not recognise is for RecordReader to judge.
bool are_plain_records(BytesView bytes, std::int32_t count) {
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  for (std::int32_t i = 0; i < count; ++i) {
    std::int32_t length = 0;
    if (!short_varint(at, end, length) || length < 1 || length > end - at) return false;
    const std::byte* const record_end = at + length;
    ++at;  // attributes
    std::int32_t timestamp_delta = 0;
    std::int32_t offset_delta = 0;
    if (!short_varint(at, record_end, timestamp_delta) ||
        !short_varint(at, record_end, offset_delta) || offset_delta != i) {
      return false;
    }
    if (!skip_bytes(at, record_end) || !skip_bytes(at, record_end)) return false;
    if (record_end - at != 1 || *at != std::byte{0}) return false;  // no headers
    at = record_end;
  }
  return at == end;
}

bool read_headers(FieldReader& fields, std::vector<RecordHeader>& headers) {
  const auto count = fields.varint<std::int32_t>();
  // A header has at least two lengths.
  const std::size_t most = std::min(fields.remaining() / 2, kMaxRecordHeaders);
  if (!fields.ok() || count < 0 || static_cast<std::size_t>(count) > most) {
    return false;
  }
  headers.clear();
  headers.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) {
    const std::optional<BytesView> name = fields.bytes();
    const std::optional<BytesView> value = fields.bytes();
    if (!fields.ok() || !name) return false;
    headers.push_back({*name, value});
  }
  return true;
}

}  // namespace

Result<RecordReader> RecordReader::open(const BatchView& batch,
                                        std::size_t max_decompressed_bytes) {
  RecordReader reader(batch);
  if (batch.compression() != Compression::kNone) {
    Result<Decompressed> plain =
        decompress(batch.compression(), batch.record_bytes(), max_decompressed_bytes);
    if (!plain) return fail(std::move(plain).error(), "records of the batch");
    reader.decompressed_ = std::move(*plain);
    reader.bytes_ = reader.decompressed_.bytes();
  }
  return reader;
}

Result<bool> RecordReader::next(Record& record) {
  const BytesView rest = unread();
  if (index_ >= batch_.record_count()) {
    if (!rest.empty()) {
      return bad_record(index_, at_, fmt::format("{} bytes after the last record", rest.size()));
    }
    return false;
  }
  std::uint32_t encoded = 0;
  const std::size_t prefix = read_varint(rest, encoded);
  const std::int32_t length = zigzag_decode(encoded);
  if (prefix == 0 || length < 0 || static_cast<std::size_t>(length) > rest.size() - prefix) {
    return bad_record(
        index_, at_,
        prefix == 0 ? fmt::format("no length in the last {} bytes", rest.size())
                    : fmt::format("length {} in the last {} bytes", length, rest.size() - prefix));
  }
  FieldReader fields(rest.subspan(prefix, static_cast<std::size_t>(length)));
  fields.skip_byte();  // attributes: unused in format v2
  const auto timestamp_delta = fields.varint<std::int64_t>();
  const auto offset_delta = fields.varint<std::int32_t>();
  record.key = fields.bytes();
  record.value = fields.bytes();
  const bool headers_ok = read_headers(fields, headers_);
  if (!headers_ok || fields.remaining() != 0) {
    return bad_record(
        index_, at_ + prefix + fields.at(),
        fmt::format("fields do not fill the record's {} bytes, or it has more than {} headers",
                    length, kMaxRecordHeaders));
  }
  if (offset_delta <= previous_offset_delta_ || offset_delta > batch_.last_offset_delta()) {
    return bad_record(index_, at_,
                      fmt::format("offset delta {} after {}, the batch's last is {}", offset_delta,
                                  previous_offset_delta_, batch_.last_offset_delta()));
  }
  record.offset = batch_.base_offset() + offset_delta;
  record.headers = headers_;
  // Unsigned, because a foreign delta may go past the ends of an int64.
  record.timestamp = TimestampMs{
      batch_.timestamp_type() == TimestampType::kLogAppendTime
          ? batch_.max_timestamp().value
          : static_cast<std::int64_t>(static_cast<std::uint64_t>(batch_.base_timestamp().value) +
                                      static_cast<std::uint64_t>(timestamp_delta))};
  at_ += prefix + static_cast<std::size_t>(length);
  previous_offset_delta_ = offset_delta;
  ++index_;
  return true;
}

Status check_produced_records(const BatchView& batch, std::size_t max_decompressed_bytes) {
  DAYBOOK_TRY(RecordReader reader, RecordReader::open(batch, max_decompressed_bytes));
  if (std::int64_t{batch.record_count()} - 1 <= batch.last_offset_delta() &&
      are_plain_records(reader.unread(), batch.record_count())) {
    return {};
  }
  Record record;
  for (Offset expected = batch.base_offset();; expected += 1) {
    DAYBOOK_TRY(const bool more, reader.next(record));
    if (!more) return {};
    if (record.offset != expected) {
      return fail(ErrorCode::kCorrupt,
                  fmt::format("offset delta {} where {} is next",
                              record.offset - batch.base_offset(), expected - batch.base_offset()));
    }
  }
}

}  // namespace daybook::wire

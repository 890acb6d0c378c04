#include "wire/encoder.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/endian.h"
#include "base/varint.h"

namespace daybook::wire {
namespace {

// The longest front of `text` that is within the limit and does not end inside a UTF-8 character.
std::string_view cut_to_limit(std::string_view text) {
  if (text.size() <= kMaxStringBytes) return text;
  std::size_t size = kMaxStringBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

void Encoder::append(BytesView bytes) {
  out_.own().insert(out_.own().end(), bytes.begin(), bytes.end());
}

void Encoder::unsigned_varint(std::uint32_t value) {
  std::array<std::byte, kMaxVarint32SizeBytes> bytes;
  append(BytesView(bytes).first(write_varint(bytes.data(), value)));
}

void Encoder::length(bool is_short, std::int64_t value) {
  if (flexible_) {
    unsigned_varint(static_cast<std::uint32_t>(value + 1));
  } else if (is_short) {
    write(static_cast<std::int16_t>(value), {});
  } else {
    write(static_cast<std::int32_t>(value), {});
  }
}

void Encoder::null(bool is_short, FieldSpec spec) {
  length(is_short, spec.nullable.contains(version_) ? -1 : 0);
}

std::size_t Encoder::begin_tag(int tag) {
  unsigned_varint(static_cast<std::uint32_t>(tag));
  return out_.own().size();
}

void Encoder::end_tag(std::size_t at) {
  Bytes& own = out_.own();
  std::array<std::byte, kMaxVarint32SizeBytes> bytes;
  const std::size_t n = write_varint(bytes.data(), static_cast<std::uint32_t>(own.size() - at));
  own.insert(own.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(),
             bytes.begin() + static_cast<std::ptrdiff_t>(n));
}

template <class T>
void Encoder::write_integer(T value) {
  std::byte bytes[sizeof(T)];
  store_be(bytes, value);
  append(bytes);
}

void Encoder::write(std::int8_t value, FieldSpec) {
  write_integer(value);
}

void Encoder::write(std::int16_t value, FieldSpec) {
  write_integer(value);
}

void Encoder::write(std::uint16_t value, FieldSpec) {
  write_integer(value);
}

void Encoder::write(std::int32_t value, FieldSpec) {
  write_integer(value);
}

void Encoder::write(std::int64_t value, FieldSpec) {
  write_integer(value);
}

void Encoder::write(bool value, FieldSpec spec) {
  write(static_cast<std::int8_t>(value), spec);
}

void Encoder::write(double value, FieldSpec spec) {
  write(std::bit_cast<std::int64_t>(value), spec);
}

void Encoder::write(const Uuid& value, FieldSpec) {
  append(value.bytes);
}

void Encoder::write(const std::string& value, FieldSpec) {
  const std::string_view text = cut_to_limit(value);
  length(true, static_cast<std::int64_t>(text.size()));
  append(as_bytes(text));
}

void Encoder::write(const std::optional<std::string>& value, FieldSpec spec) {
  if (value) {
    write(*value, spec);
  } else {
    null(true, spec);
  }
}

void Encoder::write(const Bytes& value, FieldSpec) {
  length(false, static_cast<std::int64_t>(value.size()));
  append(value);
}

void Encoder::write(const std::optional<Bytes>& value, FieldSpec spec) {
  if (value) {
    write(*value, spec);
  } else {
    null(false, spec);
  }
}

void Encoder::write(const std::optional<BytesView>& records, FieldSpec spec) {
  if (!records) return null(false, spec);
  length(false, static_cast<std::int64_t>(records->size()));
  out_.append_foreign(RecordChunk{.bytes = *records});
}

void Encoder::write(const std::optional<std::vector<RecordChunk>>& records, FieldSpec spec) {
  if (!records) return null(false, spec);
  std::int64_t total = 0;
  for (const RecordChunk& chunk : *records) {
    total += static_cast<std::int64_t>(chunk.size_bytes());
  }
  length(false, total);
  for (const RecordChunk& chunk : *records) out_.append_foreign(chunk);
}

}  // namespace daybook::wire

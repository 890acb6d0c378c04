#include "wire/decoder.h"

#include <fmt/format.h>

#include <bit>

#include "base/check.h"
#include "base/endian.h"
#include "base/varint.h"

namespace daybook::wire {

Error version_not_served(MessageName message, std::int16_t version, VersionRange served) {
  return {ErrorCode::kUnsupported,
          fmt::format("decoding {}{} version {}: served are {} to {}", message.name, message.kind,
                      version, served.first, served.last)};
}

bool Decoder::begin_field(const char* name, FieldSpec spec) {
  if (tag_ >= 0 || failed() || !spec.versions.contains(version_)) return false;
  enter(name);
  return true;
}

bool Decoder::begin_tagged(const char* name, int tag, FieldSpec spec) {
  if (tag_ != tag || failed() || !spec.versions.contains(version_)) return false;
  tag_is_known_ = true;
  enter(name);
  return true;
}

void Decoder::refuse_trailing() {
  if (failed() || remaining() == 0) return;
  error_ = Error{ErrorCode::kInvalid,
                 fmt::format("decoding {}{} version {}: {} bytes behind its end at byte {}",
                             message_.name, message_.kind, version_, remaining(), at_)};
}

void Decoder::enter(const char* name) {
  DAYBOOK_CHECK(depth_ < kMaxDepth, "messages nest less deep");
  path_[depth_++] = {name, -1};
}

void Decoder::fault(std::string found) {
  if (failed()) return;
  std::string path;
  for (std::size_t i = 0; i < depth_; ++i) {
    if (i > 0) path += '.';
    path += path_[i].name;
    if (path_[i].index >= 0) path += fmt::format("[{}]", path_[i].index);
  }
  error_ =
      Error{ErrorCode::kInvalid,
            fmt::format("decoding {}{} version {}: field {} at byte {} of "
                        "{}: {}",
                        message_.name, message_.kind, version_, path, at_, bytes_.size(), found)};
}

BytesView Decoder::take(std::size_t size) {
  if (failed()) return {};
  if (size > remaining()) {
    fault(fmt::format("{} bytes wanted, {} left", size, remaining()));
    return {};
  }
  const BytesView taken = bytes_.subspan(at_, size);
  at_ += size;
  return taken;
}

std::uint32_t Decoder::unsigned_varint() {
  std::uint32_t value = 0;
  const std::size_t size = failed() ? 0 : read_varint(bytes_.subspan(at_, remaining()), value);
  if (size == 0) {
    fault(fmt::format("no varint of 32 bits in the {} bytes left", remaining()));
    return 0;
  }
  at_ += size;
  return value;
}

std::optional<std::size_t> Decoder::length(bool is_short, bool nullable, std::size_t limit) {
  std::int64_t length = 0;
  if (flexible_) {
    length = std::int64_t{unsigned_varint()} - 1;
  } else if (is_short) {
    std::int16_t value = 0;
    read(value, {});
    length = value;
  } else {
    std::int32_t value = 0;
    read(value, {});
    length = value;
  }
  if (failed()) return std::nullopt;
  if (length == -1) {
    if (!nullable) fault("null, which it may not be");
    return std::nullopt;
  }
  if (length < 0 || static_cast<std::size_t>(length) > limit ||
      static_cast<std::size_t>(length) > remaining()) {
    fault(fmt::format("length {} with {} bytes left", length, remaining()));
    return std::nullopt;
  }
  return static_cast<std::size_t>(length);
}

std::optional<std::size_t> Decoder::count(bool nullable, std::size_t min_element_bytes) {
  const auto n = length(false, nullable, kMaxDecodedElements - elements_);
  if (!n) return std::nullopt;
  if (*n > remaining() / min_element_bytes) {
    fault(fmt::format("{} elements in the {} bytes left", *n, remaining()));
    return std::nullopt;
  }
  elements_ += *n;
  return n;
}

bool Decoder::begin_tag(std::uint32_t& tag, std::size_t& outer_end) {
  enter("(tagged fields)");
  tag = unsigned_varint();
  const std::uint32_t size = unsigned_varint();
  if (!failed() && size > remaining()) {
    fault(fmt::format("tag {} has {} bytes, {} left", tag, size, remaining()));
  }
  leave();
  if (failed()) return false;
  outer_end = std::exchange(end_, at_ + size);
  return true;
}

void Decoder::end_tag(std::size_t outer_end) {
  if (failed()) return;
  if (tag_is_known_ && remaining() != 0) {
    enter("(tagged fields)");
    fault(fmt::format("{} bytes behind the end of the tag's field", remaining()));
    leave();
  }
  at_ = end_;
  end_ = outer_end;
}

template <class T>
void Decoder::read_integer(T& value) {
  const BytesView bytes = take(sizeof(T));
  if (bytes.size() == sizeof(T)) value = load_be<T>(bytes.data());
}

void Decoder::read(std::int8_t& value, FieldSpec) {
  read_integer(value);
}

void Decoder::read(std::int16_t& value, FieldSpec) {
  read_integer(value);
}

void Decoder::read(std::uint16_t& value, FieldSpec) {
  read_integer(value);
}

void Decoder::read(std::int32_t& value, FieldSpec) {
  read_integer(value);
}

void Decoder::read(std::int64_t& value, FieldSpec) {
  read_integer(value);
}

void Decoder::read(bool& value, FieldSpec spec) {
  std::int8_t byte = 0;
  read(byte, spec);
  value = byte != 0;
}

void Decoder::read(double& value, FieldSpec spec) {
  std::int64_t bits = 0;
  read(bits, spec);
  value = std::bit_cast<double>(bits);
}

void Decoder::read(Uuid& value, FieldSpec) {
  const BytesView bytes = take(value.bytes.size());
  std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
}

void Decoder::read(std::string& value, FieldSpec) {
  if (const auto n = length(true, false, kMaxStringBytes)) value = as_text(take(*n));
}

void Decoder::read(std::optional<std::string>& value, FieldSpec spec) {
  const auto n = length(true, spec.nullable.contains(version_), kMaxStringBytes);
  value.reset();
  if (n) value.emplace(as_text(take(*n)));
}

void Decoder::read(Bytes& value, FieldSpec) {
  if (const auto n = length(false, false, bytes_.size())) value = to_bytes(take(*n));
}

void Decoder::read(std::optional<Bytes>& value, FieldSpec spec) {
  const auto n = length(false, spec.nullable.contains(version_), bytes_.size());
  value.reset();
  if (n) value = to_bytes(take(*n));
}

void Decoder::read(std::optional<BytesView>& records, FieldSpec spec) {
  const auto n = length(false, spec.nullable.contains(version_), bytes_.size());
  records.reset();
  if (n) records = take(*n);
}

void Decoder::read(std::optional<std::vector<RecordChunk>>& records, FieldSpec spec) {
  std::optional<BytesView> bytes;
  read(bytes, spec);
  records.reset();
  if (bytes) records.emplace({RecordChunk{.bytes = *bytes}});
}

}  // namespace daybook::wire

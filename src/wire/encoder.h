// Writes one protocol message, driven by its description (`fields`, see wire/message.h). Encoding
// cannot fail: a field that the version does not have is left out, null where null is not allowed
// becomes empty, and a string beyond kMaxStringBytes (only an error message could be that long) is
// cut. One thread.

#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/uuid.h"
#include "wire/decoder.h"
#include "wire/encoded.h"
#include "wire/field.h"

namespace daybook::wire {

class Encoder {
 public:
  // Appends to `out`, which outlives it.
  Encoder(Encoded& out, std::int16_t version, bool flexible)
      : out_(out), version_(version), flexible_(flexible) {}

  template <class T>
  void field(const char*, const T& value, FieldSpec spec = {}) {
    if (pass_ == Pass::kPlain && spec.versions.contains(version_)) write(value, spec);
  }

  // Written only if it differs from the default, in the order of tags: descriptions keep it.
  template <class M, class T>
  void tagged(const char*, const M& message, T M::* member, int tag, FieldSpec spec) {
    if (pass_ == Pass::kPlain || !spec.versions.contains(version_)) return;
    static const M kDefault{};
    if (message.*member == kDefault.*member) return;
    ++tags_;
    if (pass_ == Pass::kCountTags) return;
    const std::size_t at = begin_tag(tag);
    write(message.*member, spec);
    end_tag(at);
  }

  template <class T>
  void structure(const T& value) {
    const Pass outer_pass = std::exchange(pass_, Pass::kPlain);
    const std::uint32_t outer_tags = std::exchange(tags_, 0);
    T::fields(*this, value);
    if (flexible_) {
      pass_ = Pass::kCountTags;
      T::fields(*this, value);
      unsigned_varint(tags_);
      pass_ = Pass::kWriteTags;
      if (tags_ > 0) T::fields(*this, value);
    }
    pass_ = outer_pass;
    tags_ = outer_tags;
  }

 private:
  enum class Pass : std::uint8_t { kPlain, kCountTags, kWriteTags };

  void append(BytesView bytes);
  void unsigned_varint(std::uint32_t value);
  // A length or count; -1 is null.
  void length(bool is_short, std::int64_t value);
  void null(bool is_short, FieldSpec spec);
  // The size goes in front of a tagged field; it is known once the field is written.
  std::size_t begin_tag(int tag);
  void end_tag(std::size_t at);

  template <class T>
  void write_integer(T value);
  void write(std::int8_t value, FieldSpec);
  void write(std::int16_t value, FieldSpec);
  void write(std::uint16_t value, FieldSpec);
  void write(std::int32_t value, FieldSpec);
  void write(std::int64_t value, FieldSpec);
  void write(bool value, FieldSpec);
  void write(double value, FieldSpec);
  void write(const Uuid& value, FieldSpec);
  void write(const std::string& value, FieldSpec);
  void write(const std::optional<std::string>& value, FieldSpec spec);
  void write(const Bytes& value, FieldSpec);
  void write(const std::optional<Bytes>& value, FieldSpec spec);
  void write(const std::optional<BytesView>& records, FieldSpec spec);
  void write(const std::optional<std::vector<RecordChunk>>& records, FieldSpec spec);

  template <class T>
  void write(const std::vector<T>& elements, FieldSpec) {
    length(false, static_cast<std::int64_t>(elements.size()));
    for (const T& element : elements) write(element, FieldSpec{});
  }
  template <class T>
  void write(const std::optional<std::vector<T>>& elements, FieldSpec spec) {
    if (elements) {
      write(*elements, spec);
    } else {
      null(false, spec);
    }
  }
  // A struct that may be null. In versions in which it may, one byte in front says whether it is.
  template <class T>
  void write(const std::optional<T>& value, FieldSpec spec) {
    const bool nullable = spec.nullable.contains(version_);
    if (nullable) write(value ? kPresent : kAbsent, spec);
    if (value) {
      structure(*value);
    } else if (!nullable) {
      structure(T{});
    }
  }
  // An enum, a strong id or a struct.
  template <class T>
  void write(const T& value, FieldSpec spec) {
    if constexpr (std::is_enum_v<T>) {
      write(static_cast<std::underlying_type_t<T>>(value), spec);
    } else if constexpr (WrappedInteger<T>) {
      write(value.value, spec);
    } else {
      structure(value);
    }
  }

  Encoded& out_;
  std::int16_t version_;
  bool flexible_;
  Pass pass_ = Pass::kPlain;
  std::uint32_t tags_ = 0;
};

}  // namespace daybook::wire

// Reads one protocol message from foreign bytes, driven by the message's description (`fields`, see
// wire/message.h). Every length and count is held against the bytes that remain before memory is
// taken for it, and the elements of all arrays together against kMaxDecodedElements, because an
// element is larger in memory than on the wire.
//
// The first fault ends decoding: it is kept, with the field's path and byte, and every later call
// does nothing. Tagged fields that the description does not name are skipped and dropped. One
// thread; strings and bytes are copied out, records are views of the input.

#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "wire/encoded.h"
#include "wire/field.h"

namespace daybook::wire {

inline constexpr std::size_t kMaxDecodedElements = std::size_t{1} << 20;
inline constexpr std::size_t kMaxStringBytes = 32767;  // as Kafka, in both encodings

// The byte in front of a struct that may be null. Any that is not negative stands for present.
inline constexpr std::int8_t kPresent = 1;
inline constexpr std::int8_t kAbsent = -1;

// How a fault names the message: "Fetch" and " request".
struct MessageName {
  std::string_view name;
  std::string_view kind;
};
Error version_not_served(MessageName message, std::int16_t version, VersionRange served);

template <class T>
concept WrappedInteger = requires(T id) {
  typename T::rep;
  id.value;
};

class Decoder {
 public:
  Decoder(BytesView bytes, MessageName message, std::int16_t version, bool flexible)
      : bytes_(bytes),
        end_(bytes.size()),
        message_(message),
        version_(version),
        flexible_(flexible) {}

  template <class T>
  void field(const char* name, T& value, FieldSpec spec = {}) {
    if (!begin_field(name, spec)) return;
    read(value, spec);
    leave();
  }

  // A field of the tagged section that ends every struct in flexible versions.
  template <class M, class T>
  void tagged(const char* name, M& message, T M::* member, int tag, FieldSpec spec) {
    if (!begin_tagged(name, tag, spec)) return;
    read(message.*member, spec);
    leave();
  }

  // A whole struct, with its tagged section.
  template <class T>
  void structure(T& value) {
    const int outer_tag = std::exchange(tag_, -1);
    T::fields(*this, value);
    if (flexible_) read_tagged_section(value);
    tag_ = outer_tag;
  }

  // Bytes behind the message are a fault.
  void refuse_trailing();

  bool failed() const { return error_.has_value(); }
  std::size_t at() const { return at_; }
  std::size_t remaining() const { return end_ - at_; }
  // Why decoding ended.
  Error error() && { return std::move(*error_); }

 private:
  static constexpr std::size_t kMaxDepth = 12;
  struct Step {
    const char* name;
    std::int64_t index;  // in an array; -1 if it is none
  };

  // False if the field is not to be read now.
  bool begin_field(const char* name, FieldSpec spec);
  bool begin_tagged(const char* name, int tag, FieldSpec spec);
  void enter(const char* name);
  void leave() { --depth_; }
  void fault(std::string found);

  // The next `size` bytes; none, and a fault, if there are fewer.
  BytesView take(std::size_t size);
  std::uint32_t unsigned_varint();
  // The length of a string or of bytes, the count of an array; nothing if it is null. What the
  // spec, the limit and the remaining bytes do not allow is a fault, and nothing as well.
  std::optional<std::size_t> length(bool is_short, bool nullable, std::size_t limit);
  std::optional<std::size_t> count(bool nullable, std::size_t min_element_bytes);
  bool begin_tag(std::uint32_t& tag, std::size_t& outer_end);
  void end_tag(std::size_t outer_end);

  template <class T>
  void read_integer(T& value);
  void read(std::int8_t& value, FieldSpec);
  void read(std::int16_t& value, FieldSpec);
  void read(std::uint16_t& value, FieldSpec);
  void read(std::int32_t& value, FieldSpec);
  void read(std::int64_t& value, FieldSpec);
  void read(bool& value, FieldSpec);
  void read(double& value, FieldSpec);
  void read(Uuid& value, FieldSpec);
  void read(std::string& value, FieldSpec);
  void read(std::optional<std::string>& value, FieldSpec spec);
  void read(Bytes& value, FieldSpec);
  void read(std::optional<Bytes>& value, FieldSpec spec);
  void read(std::optional<BytesView>& records, FieldSpec spec);
  void read(std::optional<std::vector<RecordChunk>>& records, FieldSpec spec);

  template <class T>
  void read(std::vector<T>& elements, FieldSpec) {
    if (const auto n = count(false, min_wire_bytes<T>())) read_elements(elements, *n);
  }
  template <class T>
  void read(std::optional<std::vector<T>>& elements, FieldSpec spec) {
    const auto n = count(spec.nullable.contains(version_), min_wire_bytes<T>());
    if (n) {
      read_elements(elements.emplace(), *n);
    } else {
      elements.reset();
    }
  }
  // A struct that may be null: see Encoder.
  template <class T>
  void read(std::optional<T>& value, FieldSpec spec) {
    std::int8_t presence = kPresent;
    if (spec.nullable.contains(version_)) read(presence, spec);
    value.reset();
    if (!failed() && presence >= 0) structure(value.emplace());
  }
  // An enum, a strong id or a struct.
  template <class T>
  void read(T& value, FieldSpec spec) {
    if constexpr (std::is_enum_v<T>) {
      auto number = static_cast<std::underlying_type_t<T>>(value);
      read(number, spec);
      value = static_cast<T>(number);
    } else if constexpr (WrappedInteger<T>) {
      read(value.value, spec);
    } else {
      structure(value);
    }
  }

  template <class T>
  static constexpr std::size_t min_wire_bytes() {
    if constexpr (std::integral<T> || WrappedInteger<T> || std::is_enum_v<T>) return sizeof(T);
    return 1;
  }

  template <class T>
  void read_elements(std::vector<T>& elements, std::size_t n) {
    constexpr std::size_t kReservedElements = 64;  // believed before they are seen
    elements.clear();
    elements.reserve(std::min(n, kReservedElements));
    for (std::size_t i = 0; i < n && !failed(); ++i) {
      path_[depth_ - 1].index = static_cast<std::int64_t>(i);
      read(elements.emplace_back(), FieldSpec{});
    }
  }

  template <class T>
  void read_tagged_section(T& value) {
    enter("(tagged fields)");
    const std::uint32_t tags = failed() ? 0 : unsigned_varint();
    leave();
    for (std::uint32_t i = 0; i < tags && !failed(); ++i) {
      std::uint32_t tag = 0;
      std::size_t outer_end = 0;
      if (!begin_tag(tag, outer_end)) return;
      tag_ = tag <= kMaxTag ? static_cast<int>(tag) : kMaxTag;
      tag_is_known_ = false;
      T::fields(*this, value);
      tag_ = -1;
      end_tag(outer_end);
    }
  }

  static constexpr int kMaxTag = 1 << 16;  // higher ones are nobody's
  BytesView bytes_;
  std::size_t at_ = 0;
  std::size_t end_;  // of the tagged field being read, or of all bytes
  MessageName message_;
  std::int16_t version_;
  bool flexible_;
  int tag_ = -1;  // the tagged field looked for; -1: the fields that have no tag
  bool tag_is_known_ = false;
  std::size_t elements_ = 0;
  std::array<Step, kMaxDepth> path_{};
  std::size_t depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace daybook::wire

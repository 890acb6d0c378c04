#include "sources/kinds/postgres/protocol/pgoutput.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/endian.h"

namespace daybook::sources::postgres {
namespace {

constexpr std::int64_t kMicrosBetweenEpochs = 946'684'800'000'000;

// Reads forward and remembers that it ran out, so that only the end of a message need be checked.
class Cursor {
 public:
  explicit Cursor(BytesView bytes) : bytes_(bytes) {}

  template <std::integral T>
  T number() {
    if (!has(sizeof(T))) return 0;
    const T value = load_be<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return value;
  }

  char letter() { return static_cast<char>(number<std::uint8_t>()); }
  Lsn lsn() { return Lsn{number<std::uint64_t>()}; }

  std::string_view text(std::size_t size) {
    if (!has(size)) return {};
    const auto view = as_text(bytes_.subspan(at_, size));
    at_ += size;
    return view;
  }

  std::string_view text_until_zero() {
    const auto rest = as_text(bytes_.subspan(at_));
    const auto zero = rest.find('\0');
    if (zero == std::string_view::npos) {
      broken_ = true;
      return {};
    }
    at_ += zero + 1;
    return rest.substr(0, zero);
  }

  bool broken() const { return broken_; }
  void set_broken() { broken_ = true; }
  bool done() const { return at_ == bytes_.size(); }
  std::size_t position() const { return at_; }

 private:
  bool has(std::size_t size) {
    if (broken_ || size > bytes_.size() - at_) broken_ = true;
    return !broken_;
  }

  BytesView bytes_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

void read_tuple(Cursor& cursor, Tuple& tuple) {
  const auto count = cursor.number<std::uint16_t>();
  if (count > kMaxColumns) return cursor.set_broken();
  tuple.resize(count);
  for (Field& field : tuple) {
    field.text = {};
    switch (cursor.letter()) {
      case 'n':
        field.kind = FieldKind::kNull;
        break;
      case 'u':
        field.kind = FieldKind::kUnchanged;
        break;
      case 't':
        field.kind = FieldKind::kText;
        field.text = cursor.text(cursor.number<std::uint32_t>());
        break;
      default:
        cursor.set_broken();
    }
    if (cursor.broken()) return;
  }
}

void read_relation(Cursor& cursor, Message& into) {
  into.relation = cursor.number<std::uint32_t>();
  into.schema = cursor.text_until_zero();
  into.table = cursor.text_until_zero();
  into.replica_identity = cursor.letter();
  const auto count = cursor.number<std::uint16_t>();
  if (count > kMaxColumns) return cursor.set_broken();
  into.columns.resize(count);
  for (RelationColumn& column : into.columns) {
    cursor.letter();  // whether it is part of the replica identity
    column.name = cursor.text_until_zero();
    column.type = cursor.number<std::uint32_t>();
    column.modifier = cursor.number<std::int32_t>();
    if (cursor.broken()) return;
  }
}

// 'K' or 'O' before an old tuple; returns the letter that follows it, or `letter` if it is none.
char read_old(Cursor& cursor, char letter, Message& into) {
  into.old = OldTuple::kNone;
  if (letter != 'K' && letter != 'O') return letter;
  into.old = letter == 'K' ? OldTuple::kKey : OldTuple::kFull;
  read_tuple(cursor, into.before);
  return 0;
}

void read_update(Cursor& cursor, Message& into) {
  into.relation = cursor.number<std::uint32_t>();
  char letter = read_old(cursor, cursor.letter(), into);
  if (letter == 0) letter = cursor.letter();
  if (letter != 'N') return cursor.set_broken();
  read_tuple(cursor, into.after);
}

void read_delete(Cursor& cursor, Message& into) {
  into.relation = cursor.number<std::uint32_t>();
  if (read_old(cursor, cursor.letter(), into) != 0) cursor.set_broken();
}

void read_truncate(Cursor& cursor, Message& into) {
  const auto count = cursor.number<std::uint32_t>();
  cursor.letter();  // CASCADE, RESTART IDENTITY
  if (count > kMaxTruncatedTables) return cursor.set_broken();
  into.relations.clear();
  for (std::uint32_t i = 0; i < count && !cursor.broken(); ++i) {
    into.relations.push_back(cursor.number<std::uint32_t>());
  }
}

// Returns false for a letter that is no message of this protocol.
bool read_body(char letter, Cursor& cursor, Message& into) {
  switch (letter) {
    case 'B':
      into.kind = MessageKind::kBegin;
      into.commit_lsn = cursor.lsn();
      into.commit_time = PgTimestamp{cursor.number<std::int64_t>()};
      into.transaction = cursor.number<std::uint32_t>();
      return true;
    case 'C':
      into.kind = MessageKind::kCommit;
      cursor.letter();  // flags, unused
      into.commit_lsn = cursor.lsn();
      into.end_lsn = cursor.lsn();
      into.commit_time = PgTimestamp{cursor.number<std::int64_t>()};
      return true;
    case 'R':
      into.kind = MessageKind::kRelation;
      read_relation(cursor, into);
      return true;
    case 'I':
      into.kind = MessageKind::kInsert;
      into.relation = cursor.number<std::uint32_t>();
      into.old = OldTuple::kNone;
      if (cursor.letter() != 'N') cursor.set_broken();
      read_tuple(cursor, into.after);
      return true;
    case 'U':
      into.kind = MessageKind::kUpdate;
      read_update(cursor, into);
      return true;
    case 'D':
      into.kind = MessageKind::kDelete;
      read_delete(cursor, into);
      return true;
    case 'T':
      into.kind = MessageKind::kTruncate;
      read_truncate(cursor, into);
      return true;
    default:
      return false;
  }
}

}  // namespace

std::int64_t unix_micros(PgTimestamp time) {
  std::int64_t micros = 0;
  // Out of range only if the server's clock is hundreds of thousands of years off.
  if (__builtin_add_overflow(time.value, kMicrosBetweenEpochs, &micros)) return time.value;
  return micros;
}

Status parse_message(BytesView bytes, Message& into) {
  Cursor cursor(bytes);
  const char letter = cursor.letter();
  if (letter == 'O' || letter == 'Y' || letter == 'M') {
    into.kind = MessageKind::kIgnored;
    return {};
  }
  if (cursor.broken() || !read_body(letter, cursor, into)) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("replication stream: {} bytes that begin with byte {} are no message "
                            "of pgoutput version 1",
                            bytes.size(), static_cast<int>(static_cast<unsigned char>(letter))));
  }
  if (cursor.broken() || !cursor.done()) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("replication stream: message '{}' of {} bytes is malformed at byte {}",
                            letter, bytes.size(), cursor.position()));
  }
  return {};
}

}  // namespace daybook::sources::postgres

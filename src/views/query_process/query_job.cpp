#include "views/query_process/query_job.h"

#include <bit>
#include <cstring>

#include "base/endian.h"
#include "base/varint.h"

namespace daybook::views {
namespace {

// The two sides of one description: JobWriter appends what it is shown, JobReader fills it in.
class JobWriter {
 public:
  explicit JobWriter(std::string& out) : out_(out) {}

  void number(std::uint64_t value) {
    std::byte bytes[kMaxVarint64SizeBytes];
    out_ += as_text({bytes, write_varint(bytes, value)});
  }
  template <class Number>
  void whole(Number& value) {
    number(zigzag_encode(static_cast<std::int64_t>(value)));
  }
  void time(std::chrono::milliseconds value) { number(zigzag_encode(value.count())); }
  void text(const std::string& value) {
    number(value.size());
    out_ += value;
  }
  template <class T, class Each>
  void list(std::vector<T>& items, const Each& each) {
    number(items.size());
    for (auto& item : items) each(item);
  }
  void value(const Value& value) {
    number(value.index());
    if (const auto* integer = std::get_if<std::int64_t>(&value)) number(zigzag_encode(*integer));
    if (const auto* real = std::get_if<double>(&value)) number(std::bit_cast<std::uint64_t>(*real));
    if (const auto* written = std::get_if<std::string>(&value)) text(*written);
  }

 private:
  std::string& out_;
};

class JobReader {
 public:
  explicit JobReader(std::string_view in) : rest_(in) {}

  bool is_good() const { return is_good_ && rest_.empty(); }

  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto size = read_varint(as_bytes(rest_), value);
    if (size == 0) return wrong(), 0;
    rest_.remove_prefix(size);
    return value;
  }
  template <class Number>
  void whole(Number& value) {
    value = static_cast<Number>(zigzag_decode(number()));
  }
  void time(std::chrono::milliseconds& value) {
    value = std::chrono::milliseconds(zigzag_decode(number()));
  }
  void text(std::string& value) {
    const auto size = number();
    if (size > rest_.size()) return wrong();
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  template <class T, class Each>
  void list(std::vector<T>& items, const Each& each) {
    for (auto count = number(); count > 0 && is_good_; --count) each(items.emplace_back());
  }
  void value(Value& value) {
    switch (number()) {
      case 0:
        break;
      case 1:
        value = zigzag_decode(number());
        break;
      case 2:
        value = std::bit_cast<double>(number());
        break;
      case 3:
        text(value.emplace<std::string>());
        break;
      default:
        wrong();
    }
    answer_bytes_ += size_of(value);
    if (answer_bytes_ > kMaxAnswerBytes) wrong();
  }

 private:
  void wrong() {
    is_good_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool is_good_ = true;
  std::size_t answer_bytes_ = 0;
};

template <class Side>
void describe(Side& side, std::vector<std::string>& texts) {
  side.list(texts, [&](std::string& text) { side.text(text); });
}

template <class Side>
void describe(Side& side, sql::ParquetTable& table) {
  side.text(table.name);
  side.list(table.columns, [&](sql::ResultColumn& column) {
    side.text(column.name);
    side.whole(column.type.id);
    side.whole(column.type.width);
    side.whole(column.type.scale);
  });
  describe(side, table.folder_columns);
  describe(side, table.files);
}

template <class Side>
void describe(Side& side, QueryJob& job) {
  describe(side, job.reader.folders);
  side.whole(job.reader.memory_limit_mb);
  side.text(job.reader.spill_folder);
  side.list(job.tables, [&](sql::ParquetTable& table) { describe(side, table); });
  side.text(job.sql);
  side.whole(job.row_limit);
  side.time(job.time_limit);
}

template <class Side>
void describe(Side& side, Error& error) {
  side.whole(error.code);
  side.text(error.message);
}

template <class Side>
void describe(Side& side, Answer& answer) {
  side.list(answer.columns, [&](ResultColumn& column) {
    side.text(column.name);
    side.text(column.type);
  });
  side.list(answer.rows, [&](std::vector<Value>& row) {
    side.list(row, [&](Value& value) { side.value(value); });
  });
  side.whole(answer.truncated);
}

template <class Side>
void describe(Side& side, QueryOutcome& outcome) {
  side.whole(outcome.is_spent);
  bool has_answer = outcome.answer.has_value();
  side.whole(has_answer);
  if (!has_answer && outcome.answer) outcome.answer = std::unexpected(Error{});
  if (has_answer) {
    describe(side, *outcome.answer);
  } else {
    describe(side, outcome.answer.error());
  }
}

// At least what the message takes, so that a large one is not copied while it grows.
std::size_t encoded_bytes(const QueryJob&) {
  return 0;
}

std::size_t encoded_bytes(const QueryOutcome& outcome) {
  std::size_t bytes = 0;
  if (!outcome.answer) return bytes;
  for (const auto& row : outcome.answer->rows) {
    for (const auto& value : row) bytes += size_of(value);
  }
  return bytes;
}

template <class Message>
Result<std::string> encode_message(const Message& message) {
  std::string bytes;
  bytes.reserve(kMessageHeadBytes + encoded_bytes(message));
  bytes.resize(kMessageHeadBytes);
  JobWriter writer(bytes);
  describe(writer, const_cast<Message&>(message));  // a writer changes nothing
  const std::uint64_t size = bytes.size() - kMessageHeadBytes;
  if (size > kMaxMessageBytes) {
    return fail(ErrorCode::kNoSpace, "a query or its answer takes more than " +
                                         std::to_string(kMaxMessageBytes >> 20) + " MiB");
  }
  store_be(reinterpret_cast<std::byte*>(bytes.data()), size);
  return bytes;
}

template <class Message>
Result<Message> decode_message(std::string_view bytes, Message message) {
  JobReader reader(bytes);
  describe(reader, message);
  if (reader.is_good()) return message;
  return fail(ErrorCode::kCorrupt, "a message between the server and a query process is damaged");
}

}  // namespace

Result<std::string> encode(const QueryJob& job) {
  return encode_message(job);
}

Result<std::string> encode(const QueryOutcome& outcome) {
  return encode_message(outcome);
}

Result<std::size_t> message_size(std::string_view head) {
  const auto size = load_be<std::uint64_t>(as_bytes(head).data());
  if (size <= kMaxMessageBytes) return size;
  return fail(ErrorCode::kCorrupt,
              "a query process announces a message of " + std::to_string(size) + " bytes");
}

Result<QueryJob> decode_job(std::string_view message) {
  return decode_message<QueryJob>(message, {});
}

Result<QueryOutcome> decode_outcome(std::string_view message) {
  return decode_message<QueryOutcome>(message, {.answer = Answer{}});
}

}  // namespace daybook::views

// Turns one JSON value into one element of a column, exactly, as the column's type says: nothing is
// rounded, cut or guessed. The forms are those of Debezium (decimals as text or numbers, timestamps
// as microseconds or ISO 8601 text, dates as days) and of plain JSON (numbers for timestamps are
// milliseconds there, as in JavaScript and in Kafka), or the column's own (ValueForm).

#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/column_buffer.h"
#include "sql/input.h"

namespace daybook::sql {

// Bytes that live until clear(), at addresses that do not move.
class TextArena {
 public:
  std::string_view keep(std::string_view text);
  void clear();

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

// Where the text of the event that is being decoded is.
struct EventText {
  const char* parsed = nullptr;    // the padded copy that simdjson reads
  const char* original = nullptr;  // the event, which outlives the batch
  // The same bytes in the original.
  std::string_view lasting(std::string_view in_copy) const {
    return {original + (in_copy.data() - parsed), in_copy.size()};
  }
};

// Where a value is, and how the column's values are written there.
struct WrittenAs {
  bool is_change = false;
  ValueForm form = ValueForm::kUsual;
};

// Appends the value to the column; or leaves it as it is, and says what does not fit.
std::optional<std::string> decode_value(simdjson::ondemand::value value, WrittenAs as,
                                        const EventText& event, TextArena& arena,
                                        ColumnBuffer& column);

}  // namespace daybook::sql

// Reads one event's JSON with simdjson and appends its row, or the two rows of a change, to the
// columns that are wanted. It skips what is not wanted, and remembers at which place of the object
// each wanted field was, because the next event has it there again.

#pragma once

#include <simdjson.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sql/column_buffer.h"
#include "sql/decode/change_text.h"
#include "sql/decode/value_decoder.h"
#include "sql/input.h"

namespace daybook::sql {

class EventDecoder {
 public:
  // One buffer per visible column of the schema, nullptr for those not wanted. Both outlive this.
  EventDecoder(const InputSchema& schema, std::vector<ColumnBuffer*> buffers);

  // Empties the columns.
  void clear();

  // Appends the event's rows, the columns having `first_row` of them, and returns how many: 0 for a
  // tombstone and for what is no change of a row. `place` is the event's in the batch. On failure
  // nothing is appended and the text says why.
  std::expected<std::uint32_t, std::string> decode(const InputEvent& event, std::int64_t place,
                                                   std::uint32_t first_row);

 private:
  using Decoded = std::expected<std::uint32_t, std::string>;
  struct Field {
    std::string_view name;
    ColumnBuffer* column;
    ValueForm form;
    bool seen;
  };

  Decoded decode_change(simdjson::ondemand::object change, const InputEvent& event,
                        std::int64_t place);
  static Decoded check_change(std::string_view op, bool has_before, bool has_after);
  Decoded decode_row(simdjson::ondemand::object row, const InputEvent& event, int sign,
                     std::int64_t event_place);
  Field* find_field(simdjson::ondemand::raw_json_string key, std::size_t place);
  void push_pseudo(const InputEvent& event, int sign, std::int64_t event_place);

  const InputSchema& schema_;
  std::vector<ColumnBuffer*> buffers_;
  std::vector<Field> fields_;
  std::vector<Field*> places_;  // by place in the object: the field found there last
  ChangeText change_text_;
  simdjson::ondemand::parser parser_;
  std::vector<char> padded_;
  EventText text_;
  TextArena arena_;
};

}  // namespace daybook::sql

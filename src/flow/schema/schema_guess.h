// The columns of a topic as its events show them. If most of them are changes in Debezium's
// envelope it is a topic of changes for good, and the columns are those of the rows: as Kafka
// Connect describes them beside the change, or as their values are. The key's are those that the
// record's key names.
//
// Columns only grow: what was known before stays, and is widened by what comes.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/schema.h"
#include "flow/schema/event_fields.h"
#include "flow/schema/seen_values.h"

namespace daybook::flow {

class SchemaGuess {
 public:
  static constexpr std::size_t kMaxColumns = 1'000;

  SchemaGuess() = default;
  explicit SchemaGuess(const client::Schema& before);  // whose columns it has, in their order

  // What is no JSON object says nothing.
  void take(std::string_view value, std::optional<std::string_view> key = std::nullopt);
  // Of an event that does not fit: numbers that are wider than a column of numbers, and columns
  // that are described beside it. All else stays as it is, so that one odd event does not change
  // what everybody reads.
  void widen(std::string_view value);
  // Nothing if there is no column.
  std::optional<client::Schema> schema() const;

 private:
  struct Column {
    std::string name;
    SeenValues seen = {};
    std::optional<client::Column> described = std::nullopt;
    bool is_key = false;
  };
  class Columns {
   public:
    // Nothing for a name that SQL cannot have, or cannot tell from another.
    Column* find_or_add(const std::string& name);
    Column* find(const std::string& name);
    const std::vector<Column>& all() const { return columns_; }

   private:
    std::vector<Column> columns_;
    std::map<std::string, std::size_t> places_;  // by name in small letters, as SQL compares them
  };

  bool is_change() const { return was_change_ || changes_ > others_; }
  void describe(std::string_view value);

  Columns plain_;
  Columns rows_;  // of changes
  bool was_change_ = false;
  std::size_t changes_ = 0;
  std::size_t others_ = 0;
  std::string described_by_;  // the schema that was read last
};

}  // namespace daybook::flow

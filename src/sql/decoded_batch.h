// The columns of a batch of events that the SQL asks for, in the physical form that DuckDB's
// vectors have, so that handing them over is a copy of fixed-size elements. Strings are not copied
// at all: they point into the events, or into this object where JSON escapes had to be resolved.
//
// A decoded batch is built once and read by every statement that runs over it, so that all of them
// see the same rows: an event that cannot be decoded is in none. Reused from batch to batch; one
// thread.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/column_buffer.h"
#include "sql/input.h"

namespace daybook::sql {

// An event that cannot be part of the result, and why.
struct RejectedEvent {
  std::size_t event = 0;  // index into the events
  std::string reason;
};

class EventDecoder;

class DecodedBatch {
 public:
  // Allocates `columns` (indexes into visible_columns(schema)); others are not decoded.
  DecodedBatch(InputSchema schema, std::vector<std::size_t> columns);
  ~DecodedBatch();
  DecodedBatch(const DecodedBatch&) = delete;
  DecodedBatch& operator=(const DecodedBatch&) = delete;

  // Replaces the content by the rows of `events`, which must outlive their use here. Tombstones
  // make no row. Returns the events that cannot be decoded.
  std::vector<RejectedEvent> decode(std::span<const InputEvent> events);

  // Rows are restricted to those of events [first, last) in the batch's order, without those that
  // were excluded: how the event that a statement fails on is found.
  void restrict_to(std::size_t first, std::size_t last);
  void unrestrict();
  void exclude(std::size_t place);

  // Rows that a statement sees now: all that there are, or those of selection().
  std::size_t row_count() const { return is_restricted_ ? selection_.size() : rows_; }
  const std::uint32_t* selection() const { return is_restricted_ ? selection_.data() : nullptr; }

  // Places are events in the batch's order that have rows.
  std::size_t place_count() const { return places_.size(); }
  std::size_t event_at(std::size_t place) const { return places_[place].event; }
  // The event that made a row whose _order is this.
  std::size_t event_of(std::size_t order) const { return event_order_[order / 2]; }

  // nullptr if the column was not asked for.
  const ColumnBuffer* column(std::size_t visible_index) const;
  const InputSchema& schema() const { return schema_; }

 private:
  struct Place {
    std::size_t event;
    std::uint32_t first_row;
    std::uint32_t rows;
    bool excluded;
  };

  InputSchema schema_;
  std::vector<std::unique_ptr<ColumnBuffer>> columns_;  // by visible index
  std::unique_ptr<EventDecoder> decoder_;
  std::vector<Place> places_;
  std::uint32_t rows_ = 0;
  bool is_restricted_ = false;
  std::vector<std::uint32_t> selection_;  // if it is restricted
  std::vector<std::size_t> event_order_;  // by place in the batch's order, all events
};

}  // namespace daybook::sql

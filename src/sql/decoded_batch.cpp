#include "sql/decoded_batch.h"

#include <algorithm>

#include "base/check.h"
#include "sql/decode/event_decoder.h"
#include "sql/event_order.h"

namespace daybook::sql {

DecodedBatch::DecodedBatch(InputSchema schema, std::vector<std::size_t> columns)
    : schema_(std::move(schema)) {
  const auto visible = visible_columns(schema_);
  columns_.resize(visible.size());
  for (const auto index : columns) {
    DAYBOOK_CHECK(index < visible.size(), "column of another schema");
    columns_[index] = std::make_unique<ColumnBuffer>(visible[index].type);
  }
  std::vector<ColumnBuffer*> buffers;
  for (const auto& column : columns_) buffers.push_back(column.get());
  decoder_ = std::make_unique<EventDecoder>(schema_, std::move(buffers));
}

DecodedBatch::~DecodedBatch() = default;

std::vector<RejectedEvent> DecodedBatch::decode(std::span<const InputEvent> events) {
  auto& order = event_order_;
  order_events(events, order);

  decoder_->clear();
  places_.clear();
  rows_ = 0;
  std::vector<RejectedEvent> rejected;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const auto index = order[place];
    auto decoded = decoder_->decode(events[index], static_cast<std::int64_t>(place), rows_);
    if (!decoded) {
      rejected.push_back({index, std::move(decoded.error())});
      continue;
    }
    if (*decoded == 0) continue;
    places_.push_back({index, rows_, *decoded, false});
    rows_ += *decoded;
  }
  unrestrict();
  return rejected;
}

void DecodedBatch::restrict_to(std::size_t first, std::size_t last) {
  is_restricted_ = true;
  selection_.clear();
  for (std::size_t place = first; place < last; ++place) {
    if (places_[place].excluded) continue;
    for (std::uint32_t i = 0; i < places_[place].rows; ++i) {
      selection_.push_back(places_[place].first_row + i);
    }
  }
}

void DecodedBatch::unrestrict() {
  is_restricted_ = false;
  if (std::ranges::any_of(places_, &Place::excluded)) restrict_to(0, places_.size());
}

void DecodedBatch::exclude(std::size_t place) {
  places_[place].excluded = true;
}

const ColumnBuffer* DecodedBatch::column(std::size_t visible_index) const {
  return visible_index < columns_.size() ? columns_[visible_index].get() : nullptr;
}

}  // namespace daybook::sql

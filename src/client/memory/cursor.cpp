#include "client/memory/cursor.h"

#include <fmt/format.h>

namespace daybook::client::memory {

std::vector<HeaderView> MemoryBatch::headers(std::size_t record) const {
  std::vector<HeaderView> result;
  for (const auto& header : stored_.at(record)->headers) {
    result.push_back({header.name, header.value});
  }
  return result;
}

void MemoryBatch::add(std::size_t source, Offset offset, RecordPtr record) {
  views_.push_back({source, offset, record->timestamp, record->key, record->value});
  stored_.push_back(std::move(record));
}

void Cursor::assign(const Position& start) {
  sources_.clear();
  next_.clear();
  for (const auto& [partition, offset] : start) {
    sources_.push_back(partition);
    next_.push_back(offset);
  }
  first_ = 0;
}

Result<std::unique_ptr<MemoryBatch>> Cursor::take(Store& store, std::size_t max_records,
                                                  std::size_t max_bytes) {
  auto batch = std::make_unique<MemoryBatch>(sources_);
  DAYBOOK_TRY_VOID(take_into(*batch, store, max_records, max_bytes));
  return batch;
}

Status Cursor::take_into(MemoryBatch& batch, Store& store, std::size_t max_records,
                         std::size_t max_bytes) {
  std::size_t bytes = 0;
  for (std::size_t turn = 0; turn < sources_.size(); ++turn) {
    const std::size_t source = (first_ + turn) % sources_.size();
    DAYBOOK_TRY(const auto* records, store.partition(sources_[source]));
    Offset& next = next_[source];
    const auto end = static_cast<std::int64_t>(records->size());
    if (next.value < 0 || next.value > end) {
      return fail(
          ErrorCode::kInvalid,
          fmt::format("offset {} of {}-{} is outside the log, which holds 0 to {}", next.value,
                      sources_[source].topic, sources_[source].partition.value, end));
    }
    bool is_shown = true;
    for (; next.value < end && batch.records().size() < max_records; next += 1) {
      const auto& record = (*records)[static_cast<std::size_t>(next.value)];
      is_shown = record != nullptr;
      if (!is_shown) continue;
      if (!batch.records().empty() && bytes + record->size_bytes() > max_bytes) return {};
      bytes += record->size_bytes();
      batch.add(source, next, record);
    }
    if (next.value == end && !is_shown) batch.add_end({source, next});
  }
  if (!sources_.empty()) first_ = (first_ + 1) % sources_.size();
  return {};
}

}  // namespace daybook::client::memory

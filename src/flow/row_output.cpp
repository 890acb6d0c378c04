#include "flow/row_output.h"

#include <algorithm>
#include <tuple>

namespace daybook::flow {
namespace {

constexpr std::size_t kKeptRows = 65'536;  // whose memory is used again for the next batch

}  // namespace

std::vector<std::string> conditions_of(const ProcessorSpec& spec) {
  const bool is_plain = std::ranges::all_of(
      spec.outputs, [](const ProcessorOutput& output) { return output.when.empty(); });
  std::vector<std::string> conditions;
  if (is_plain) return conditions;
  for (const auto& output : spec.outputs) {
    conditions.push_back(output.when.empty() ? "true" : output.when);
  }
  return conditions;
}

void RowOutput::clear() {
  count_ = 0;
  if (rows_.size() > kKeptRows) rows_ = {};
}

RowRecord& RowOutput::add() {
  if (count_ == rows_.size()) return ++count_, rows_.emplace_back();
  auto& row = rows_[count_++];
  row.clear();
  return row;
}

std::optional<std::string> RowOutput::check(const RowRecord& row) const {
  if (!row.partition) return std::nullopt;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if ((row.outputs >> i & 1) == 0 || *row.partition < partitions_[i]) continue;
    return "_partition is " + std::to_string(*row.partition) + ", and topic " + outputs_[i].topic +
           " has " + std::to_string(partitions_[i]);
  }
  return std::nullopt;
}

void RowOutput::finish(const client::Batch& batch,
                       const std::map<std::size_t, std::string>& rejected) {
  batch_ = &batch;
  if (!rejected.empty()) {
    const auto dropped = std::ranges::remove_if(
        own_rows(), [&](const RowRecord& row) { return rejected.contains(row.record); });
    count_ -= dropped.size();
  }
  const auto place_of = [&](const RowRecord& row) {
    return std::tuple(batch.records()[row.record].source, row.record, row.query, row.order);
  };
  if (!std::ranges::is_sorted(own_rows(), {}, place_of)) {
    std::ranges::stable_sort(own_rows(), {}, place_of);
  }
}

Status RowOutput::emit(client::TransactionalWriter& writer) const {
  for (const auto& row : std::span(rows_).first(count_)) {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if ((row.outputs >> i & 1) == 0) continue;
      DAYBOOK_TRY_VOID(writer.write(record_of(row, i)));
    }
  }
  return {};
}

// Without a key and a partition of its own a record goes where its event's number says, and not to
// a partition by turns: the same whenever it is computed again.
client::OutgoingRecord RowOutput::record_of(const RowRecord& row, std::size_t output) const {
  const auto view = [](const Text& text) {
    return text ? std::optional<std::string_view>(*text) : std::nullopt;
  };
  const auto& event = batch_->records()[row.record];
  client::OutgoingRecord out;
  out.topic = outputs_[output].topic;
  out.timestamp = row.timestamp.value_or(event.timestamp);
  out.key = row.key ? view(*row.key) : event.key;
  out.value = view(row.value);
  if (row.partition) {
    out.partition = PartitionId{*row.partition};
  } else if (!out.key) {
    const auto from = batch_->sources()[event.source].partition.value;
    out.partition = PartitionId{from % partitions_[output]};
  }
  if (!row.headers) {
    out.headers = batch_->headers(row.record);
  } else {
    for (const auto& [name, value] : *row.headers) out.headers.push_back({name, view(value)});
  }
  return out;
}

}  // namespace daybook::flow

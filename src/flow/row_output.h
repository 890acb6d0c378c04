// The records that a batch's rows become, and where each is written: those of one partition in the
// order of their events.
//
// One thread.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/transactions.h"
#include "flow/processor_spec.h"
#include "flow/row_record.h"

namespace daybook::flow {

// What the rules of the outputs ask of each row; none if there are no rules.
std::vector<std::string> conditions_of(const ProcessorSpec& spec);

class RowOutput {
 public:
  // `outputs` outlives this.
  explicit RowOutput(const std::vector<ProcessorOutput>& outputs) : outputs_(outputs) {}

  void set_partitions(std::vector<std::int32_t> partitions) { partitions_ = std::move(partitions); }
  void clear();
  // A new row, valid until the next.
  RowRecord& add();
  std::size_t size() const { return count_; }
  // Valid until the next is added.
  std::span<const RowRecord> rows() const { return std::span(rows_).first(count_); }
  std::size_t output_count() const { return outputs_.size(); }
  // Drops the rows behind the first `size`.
  void shrink(std::size_t size) { count_ = size; }
  // Why the row cannot be written, if so.
  std::optional<std::string> check(const RowRecord& row) const;
  // Drops the rows of rejected events, and puts the others in their order. The batch outlives
  // emit().
  void finish(const client::Batch& batch, const std::map<std::size_t, std::string>& rejected);
  Status emit(client::TransactionalWriter& writer) const;

 private:
  std::span<RowRecord> own_rows() { return std::span(rows_).first(count_); }
  client::OutgoingRecord record_of(const RowRecord& row, std::size_t output) const;

  const std::vector<ProcessorOutput>& outputs_;
  std::vector<std::int32_t> partitions_;  // of each output
  const client::Batch* batch_ = nullptr;
  std::vector<RowRecord> rows_;  // the memory of those that were dropped is used again
  std::size_t count_ = 0;
};

}  // namespace daybook::flow

// The records that a batch's rows become, in the order of their events, and where each is written.
//
// One thread.

#pragma once

#include <map>
#include <optional>
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
  void clear() { rows_.clear(); }
  // A new row, valid until the next.
  RowRecord& add() { return rows_.emplace_back(); }
  std::size_t size() const { return rows_.size(); }
  // Drops the rows behind the first `size`.
  void shrink(std::size_t size) { rows_.resize(size); }
  // Why the row cannot be written, if so.
  std::optional<std::string> check(const RowRecord& row) const;
  // Drops the rows of rejected events, and puts the others in their order. The batch outlives
  // emit().
  void finish(const client::Batch& batch, const std::map<std::size_t, std::string>& rejected);
  Status emit(client::TransactionalWriter& writer) const;

 private:
  client::OutgoingRecord record_of(const RowRecord& row, std::size_t output) const;

  const std::vector<ProcessorOutput>& outputs_;
  std::vector<std::int32_t> partitions_;  // of each output
  const client::Batch* batch_ = nullptr;
  std::vector<RowRecord> rows_;
};

}  // namespace daybook::flow

// The records of one topic of a batch as the events that SQL reads, and where reading goes on after
// the batch.
//
// One thread; reused from batch to batch.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/log_client.h"
#include "sql/input.h"

namespace daybook::flow {

// The headers as a JSON object with the last value under each name; one without a value is null.
// Bytes that are not UTF-8 stay in it as they are.
void append_headers_json(const std::vector<client::HeaderView>& headers, std::string& out);

class InputEvents {
 public:
  // Takes the batch's records of `topic`, in their order. `with_headers`: fills in their headers.
  void take(const client::Batch& batch, std::string_view topic, bool with_headers);

  // Valid until the next take(), and as long as the batch.
  std::span<const sql::InputEvent> events() const { return events_; }
  // The record behind an event: an index into the batch's records.
  std::size_t record_of(std::size_t event) const { return records_[event]; }

 private:
  std::vector<sql::InputEvent> events_;
  std::vector<std::size_t> records_;
  std::vector<std::string> headers_;
};

}  // namespace daybook::flow

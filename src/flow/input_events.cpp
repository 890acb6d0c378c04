#include "flow/input_events.h"

#include <algorithm>

#include "base/json_text.h"

namespace daybook::flow {

void append_headers_json(const std::vector<client::HeaderView>& headers, std::string& out) {
  out += '{';
  bool is_first = true;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto is_it = [&](const client::HeaderView& other) {
      return other.name == headers[i].name;
    };
    if (std::any_of(headers.begin() + static_cast<std::ptrdiff_t>(i) + 1, headers.end(), is_it)) {
      continue;
    }
    if (!is_first) out += ',';
    is_first = false;
    append_json_text(headers[i].name, out);
    out += ':';
    if (headers[i].value) {
      append_json_text(*headers[i].value, out);
    } else {
      out += "null";
    }
  }
  out += '}';
}

void InputEvents::take(const client::Batch& batch, std::string_view topic, bool with_headers) {
  events_.clear();
  records_.clear();
  headers_.clear();
  std::vector<bool> is_ours;
  for (const auto& source : batch.sources()) is_ours.push_back(source.topic == topic);
  const auto& records = batch.records();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i];
    if (!is_ours[record.source]) continue;
    events_.push_back({batch.sources()[record.source].partition.value, record.offset.value,
                       record.timestamp.value, 0, record.key, record.value});
    records_.push_back(i);
    if (with_headers) append_headers_json(batch.headers(i), headers_.emplace_back());
  }
  for (std::size_t i = 0; i < headers_.size(); ++i) events_[i].headers = headers_[i];
}

}  // namespace daybook::flow

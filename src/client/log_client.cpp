#include "client/log_client.h"

#include <algorithm>

namespace daybook::client {

const std::vector<PartitionEnd>& Batch::ends() const {
  static const std::vector<PartitionEnd> none;
  return none;
}

void advance(Position& position, const Batch& batch) {
  std::vector<Offset*> next(batch.sources().size(), nullptr);
  const auto move = [&](std::size_t source, Offset to) {
    auto*& at = next[source];
    if (at == nullptr) at = &position.try_emplace(batch.sources()[source], to).first->second;
    *at = std::max(*at, to);
  };
  for (const auto& record : batch.records()) move(record.source, record.offset.next());
  for (const auto& end : batch.ends()) move(end.source, end.offset);
}

}  // namespace daybook::client

#include "wire/encoded.h"

namespace daybook::wire {

std::vector<BytesView> Encoded::chunks() const {
  std::vector<BytesView> chunks;
  chunks.reserve(2 * foreign_.size() + 1);
  const BytesView own(own_);
  std::size_t at = 0;
  for (const Foreign& foreign : foreign_) {
    if (foreign.at > at) chunks.push_back(own.subspan(at, foreign.at - at));
    chunks.push_back(foreign.chunk.bytes);
    at = foreign.at;
  }
  if (at < own.size()) chunks.push_back(own.subspan(at));
  return chunks;
}

Bytes Encoded::flatten() const {
  Bytes all;
  all.reserve(size_bytes());
  for (const BytesView chunk : chunks()) all.insert(all.end(), chunk.begin(), chunk.end());
  return all;
}

void Encoded::append_foreign(const RecordChunk& chunk) {
  if (chunk.bytes.empty()) return;
  foreign_.push_back({own_.size(), chunk});
  foreign_bytes_ += chunk.bytes.size();
}

}  // namespace daybook::wire

#include "wire/encoded.h"

#include "base/check.h"

namespace daybook::wire {

std::vector<Encoded::Chunk> Encoded::chunks() const {
  std::vector<Chunk> chunks;
  chunks.reserve(2 * foreign_.size() + 1);
  const BytesView own(own_);
  std::size_t at = 0;
  for (const Foreign& foreign : foreign_) {
    if (foreign.at > at) chunks.push_back({own.subspan(at, foreign.at - at)});
    chunks.push_back({foreign.chunk.bytes, foreign.chunk.elsewhere.get()});
    at = foreign.at;
  }
  if (at < own.size()) chunks.push_back({own.subspan(at)});
  return chunks;
}

std::size_t Encoded::memory_bytes() const {
  constexpr std::size_t kOfAllocation = 16;  // what the allocator adds
  return sizeof(Encoded) + own_.capacity() + foreign_.capacity() * sizeof(Foreign) +
         (2 * foreign_.size() + 1) * sizeof(Chunk) + 2 * kOfAllocation + foreign_bytes_ -
         elsewhere_bytes_;
}

Bytes Encoded::flatten() const {
  Bytes all;
  all.reserve(size_bytes());
  for (const Chunk& chunk : chunks()) {
    if (chunk.elsewhere == nullptr) {
      all.insert(all.end(), chunk.bytes.begin(), chunk.bytes.end());
      continue;
    }
    const Result<Bytes> copied = chunk.elsewhere->copy();
    DAYBOOK_CHECK(copied.has_value(), "what is flattened can be read");
    all.insert(all.end(), copied->begin(), copied->end());
  }
  return all;
}

void Encoded::append_foreign(const RecordChunk& chunk) {
  if (chunk.size_bytes() == 0) return;
  foreign_.push_back({own_.size(), chunk});
  foreign_bytes_ += chunk.size_bytes();
  if (chunk.elsewhere != nullptr) elsewhere_bytes_ += chunk.size_bytes();
}

}  // namespace daybook::wire

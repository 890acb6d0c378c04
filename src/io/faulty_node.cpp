#include "io/faulty_node.h"

#include <algorithm>

#include "io/faulty_file_system.h"

namespace daybook::io {

void FaultyContent::apply(const Change& change, Bytes& to) {
  if (!change.data) {
    to.resize(change.position);
    return;
  }
  const std::size_t end = change.position + change.data->size();
  if (to.size() < end) to.resize(end);
  std::ranges::copy(*change.data, to.begin() + static_cast<std::ptrdiff_t>(change.position));
}

void FaultyContent::write(std::uint64_t position, BytesView bytes) {
  if (bytes.empty()) return;
  unsynced_.push_back({position, to_bytes(bytes)});
  apply(unsynced_.back(), current_);
}

void FaultyContent::resize(std::uint64_t size_bytes) {
  unsynced_.push_back({size_bytes, std::nullopt});
  apply(unsynced_.back(), current_);
}

void FaultyContent::sync() {
  for (const Change& change : unsynced_) {
    if (!change.doomed) apply(change, durable_);
  }
  std::erase_if(unsynced_, [](const Change& change) { return !change.doomed; });
}

void FaultyContent::fail_sync() {
  for (Change& change : unsynced_) change.doomed = true;
}

void FaultyContent::settle(Random& random, std::uint64_t survival_percent) {
  Bytes after = std::move(durable_);
  for (const Change& change : unsynced_) {
    if (!change.data) {
      if (random.percent(survival_percent)) after.resize(change.position);
      continue;
    }
    const BytesView data = *change.data;
    for (std::size_t done = 0; done < data.size();) {
      const std::uint64_t position = change.position + done;
      const std::size_t left_in_sector = kSectorBytes - position % kSectorBytes;
      const std::size_t n = std::min(data.size() - done, left_in_sector);
      if (random.percent(survival_percent)) {
        apply({position, to_bytes(data.subspan(done, n))}, after);
      }
      done += n;
    }
  }
  if (!unsynced_.empty() && after.size() < current_.size() && random.percent(survival_percent)) {
    after.resize(after.size() + random.below(current_.size() - after.size()) + 1);
  }
  unsynced_.clear();
  durable_ = after;
  current_ = std::move(after);
}

void NameChange::apply_durably() const {
  for (const Part& part : parts) {
    if (part.node) {
      part.folder->durable_names[part.name] = part.node;
    } else {
      part.folder->durable_names.erase(part.name);
    }
  }
}

bool NameChange::touches(const FaultyNode& folder) const {
  return std::ranges::any_of(parts, [&](const Part& part) { return part.folder.get() == &folder; });
}

}  // namespace daybook::io

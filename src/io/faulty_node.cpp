#include "io/faulty_node.h"

#include <algorithm>

#include "io/faulty_file_system.h"

namespace daybook::io {

// Of what a failed sync covered, when a later one succeeds.
constexpr std::uint64_t kDoomedSurvivalPercent = 50;

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

void FaultyContent::write_on(BytesView bytes) {
  Change& last = unsynced_.back();
  last.data->insert(last.data->end(), bytes.begin(), bytes.end());
  apply(last, current_);
}

void FaultyContent::resize(std::uint64_t size_bytes) {
  unsynced_.push_back({size_bytes, std::nullopt});
  apply(unsynced_.back(), current_);
}

void FaultyContent::apply_in_part(const Change& change, Bytes& to, Random& random,
                                  std::uint64_t survival_percent) {
  if (!change.data) {
    if (random.percent(survival_percent)) to.resize(change.position);
    return;
  }
  const BytesView data = *change.data;
  for (std::size_t done = 0; done < data.size();) {
    const std::uint64_t position = change.position + done;
    const std::size_t left_in_sector = kSectorBytes - position % kSectorBytes;
    const std::size_t n = std::min(data.size() - done, left_in_sector);
    if (random.percent(survival_percent)) {
      apply({position, to_bytes(data.subspan(done, n))}, to);
    }
    done += n;
  }
}

void FaultyContent::sync(Random& random) {
  for (const Change& change : unsynced_) {
    if (change.doomed) {
      apply_in_part(change, durable_, random, kDoomedSurvivalPercent);
    } else {
      apply(change, durable_);
    }
  }
  unsynced_.clear();
}

void FaultyContent::fail_sync() {
  for (Change& change : unsynced_) change.doomed = true;
}

void FaultyContent::settle(Random& random, std::uint64_t survival_percent) {
  Bytes after = std::move(durable_);
  for (const Change& change : unsynced_) apply_in_part(change, after, random, survival_percent);
  if (!unsynced_.empty() && after.size() < current_.size() && random.percent(survival_percent)) {
    after.resize(after.size() + random.below(current_.size() - after.size()) + 1);
  }
  unsynced_.clear();
  durable_ = after;
  current_ = std::move(after);
}

std::uint64_t bytes_below(const FaultyNode& node) {
  std::uint64_t total = node.content.current().size();
  for (const auto& [name, child] : node.names) total += bytes_below(*child);
  return total;
}

void settle_all(FaultyNode& node, Random& random, std::uint64_t survival_percent) {
  if (!node.is_folder) return node.content.settle(random, survival_percent);
  node.names = node.durable_names;
  for (const auto& [name, child] : node.names) settle_all(*child, random, survival_percent);
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

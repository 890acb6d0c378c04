#include "broker/net/peer_counts.h"

namespace daybook::broker {

std::optional<PeerCounts::Place> PeerCounts::take(const std::string& host, std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (most == 0) return std::nullopt;
  std::size_t& count = counts_[host];
  if (count >= most) return std::nullopt;
  ++count;
  return Place(new std::string(host), Leave{this});
}

void PeerCounts::Leave::operator()(const std::string* host) const {
  const std::unique_ptr<const std::string> owned(host);
  const std::lock_guard lock(counts->mutex_);
  const auto found = counts->counts_.find(*host);
  if (--found->second == 0) counts->counts_.erase(found);
}

}  // namespace daybook::broker

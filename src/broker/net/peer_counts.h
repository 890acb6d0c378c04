// How many connections there are from each address.
//
// Threads: any. Outlives the places that it gives.

#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace daybook::broker {

class PeerCounts {
  struct Leave {
    PeerCounts* counts;
    void operator()(const std::string* host) const;
  };

 public:
  // One connection of an address, until it is destroyed.
  using Place = std::unique_ptr<const std::string, Leave>;

  // Nothing if the address has `most` already.
  std::optional<Place> take(const std::string& host, std::size_t most);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace daybook::broker

// The transactions of a partition whose outcome a reader of committed records may not know yet:
// those that are open, and those whose marker is not below the high watermark. The first of them
// bounds what may be read: that is the last stable offset.
//
// Guarded by the partition's mutex; no I/O.

#pragma once

#include <map>
#include <optional>

#include "base/ids.h"

namespace daybook::log {

class UndecidedTransactions {
 public:
  // A transaction's first record is at `first`.
  void begin(Offset first) { markers_.emplace(first, std::nullopt); }
  // The marker that ends it is at `marker`.
  void end(Offset first, Offset marker) { markers_[first] = marker; }
  // Forgets those whose marker everybody can read.
  void settle(Offset high_watermark) {
    std::erase_if(markers_, [&](const auto& entry) {
      return entry.second && *entry.second < high_watermark;
    });
  }
  std::optional<Offset> first() const {
    return markers_.empty() ? std::nullopt : std::optional(markers_.begin()->first);
  }

 private:
  std::map<Offset, std::optional<Offset>> markers_;  // by the first record
};

}  // namespace daybook::log

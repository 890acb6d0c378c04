// Where the batches lie that follow what was read last. Who reads a partition from one end to the
// other asks for just these, and need not look them up in an index again.
//
// Kept are the last kMaxPlaces; what is forgotten is looked up once more. One thread at a time.

#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "log/segment/segment_reader.h"

namespace daybook::log {

class NextPlaces {
 public:
  static constexpr std::size_t kMaxPlaces = 8;

  void add(Offset segment, const BatchPlace& batch);
  // The batch of the segment that begins with this offset.
  std::optional<BatchPlace> find(Offset segment, Offset base) const;

 private:
  struct Place {
    Offset segment;
    BatchPlace batch;
  };
  std::vector<Place> places_;
  std::size_t oldest_ = 0;  // once there are kMaxPlaces
};

}  // namespace daybook::log

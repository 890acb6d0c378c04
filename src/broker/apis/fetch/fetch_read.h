// One look at the partitions that a fetch asks for: what can be answered now.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "broker/core.h"
#include "broker/topics/topic.h"
#include "wire/apis/records/fetch.h"

namespace daybook::broker::apis {

// Where more records would have to come for the answer to change.
struct FetchPlace {
  TopicPtr topic;  // keeps the partition alive
  log::Partition* partition = nullptr;
  log::Isolation isolation = log::Isolation::kUncommitted;
  Offset seen_to;  // everything below is in the answer, or did not fit
};

struct FetchRead {
  wire::FetchResponse response;
  std::size_t size_bytes = 0;  // of the records in it
  bool failed = false;         // a partition has an error: no reason to wait
  std::vector<FetchPlace> places;
};

// Never reads beyond a high watermark, nor for read_committed beyond the last stable offset. At
// least one batch is in the answer if there is one, however large; apart from that the request's
// limits and kMaxFetchBytes hold.
FetchRead read_for_fetch(Core& core, const wire::FetchRequest& request, std::int16_t version);

}  // namespace daybook::broker::apis

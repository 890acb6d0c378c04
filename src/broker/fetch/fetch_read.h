// Reads the partitions of one fetch, one after the other, within the limits of the request.
//
// Threads: one; made for one look at the partitions. A connection's reads from memory alone, and
// what is not there is read where the disk may be waited for.

#pragma once

#include <cstddef>
#include <cstdint>

#include "broker/core.h"
#include "broker/topics/topic.h"
#include "io/patience.h"
#include "wire/apis/records/fetch.h"

namespace daybook::broker {

// What holds for all partitions of a fetch.
struct FetchLimits {
  std::size_t max_bytes = 0;
  log::Isolation isolation = log::Isolation::kUncommitted;
  bool no_memory = false;  // nothing can be read now

  // The same, with the memory that is left for answers now.
  FetchLimits within(const MemoryBudget& memory) const;
};

FetchLimits limits_of(const wire::FetchRequest& request);

struct PartitionRead {
  wire::FetchResponse::Partition answer;
  std::size_t size_bytes = 0;  // of the records in it
  bool skipped = false;  // it has records, and nothing more fits: the next time it comes first
  bool on_disk = false;  // nothing else is known: the disk would have to be waited for
  // Where more records would have to come for the answer to change; null: none will.
  std::shared_ptr<log::Partition> place;
  log::Isolation isolation = log::Isolation::kUncommitted;
  Offset seen_to;  // everything below is in the answer, or did not fit

  bool failed() const { return answer.error_code != wire::KafkaError::kNone; }
};

class FetchReader {
 public:
  explicit FetchReader(const FetchLimits& limits, io::Patience patience = io::Patience::kDisk);

  // Never reads beyond a high watermark, nor for read_committed beyond the last stable offset. At
  // least one batch is read if there is one, however large, unless something was read before; apart
  // from that the limits and kMaxFetchBytes hold. `topic` null: answered with `missing`.
  PartitionRead read(const TopicPtr& topic, wire::KafkaError missing,
                     const wire::FetchRequest::Partition& asked);

  // Records that were read before and go into the same answer.
  void add(std::size_t size_bytes);

 private:
  const FetchLimits limits_;
  const io::Patience patience_;
  std::size_t left_bytes_ = 0;
  bool is_empty_ = true;
};

}  // namespace daybook::broker

// Follows the transactions of a log from batch to batch, as compaction walks over it in the order
// of offsets: which batches were aborted, whose records may go at once, and which markers end a
// transaction of which no batch is left, which may go after their delete horizon. Apache Kafka's
// rules. Everything that is walked over is below the last stable offset.
//
// One walk, one thread.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "log/segment/aborted_index.h"
#include "wire/record_batch.h"

namespace daybook::log {

class TransactionTrail {
 public:
  // `aborted` are the transactions that overlap what is walked over, in any order.
  explicit TransactionTrail(std::vector<AbortedEntry> aborted);

  // The next batch, of records. True if its transaction was aborted.
  bool is_aborted(const wire::BatchView& batch);

  struct Ended {
    bool leaves_nothing = false;          // no batch of its transaction was walked over
    std::optional<AbortedEntry> aborted;  // readers of what is left must still be told
  };
  // The next batch, of a marker. kCorrupt if it is none.
  Result<Ended> end_by(const wire::BatchView& marker);

 private:
  struct Aborted {
    AbortedEntry entry;
    bool seen = false;  // a batch of it
  };
  void begin_up_to(Offset last);

  std::vector<AbortedEntry> later_;  // by first record, descending
  std::map<ProducerId, Aborted> aborted_;
  std::set<ProducerId> committed_;  // a batch was seen
};

}  // namespace daybook::log

// One life of a processor, from joining its group until something fails: each step reads a batch,
// computes, and commits outputs, rejected events and position in one transaction.
//
// The position is also moved past what the log shows to be no event: the marks of transactions and
// the gaps at the end of a partition (client::PartitionEnd). It goes with the events before or with
// those that come next: whoever writes transactions leaves such an end behind each. When nothing
// comes any more, it has a transaction of its own, which holds nothing else and fails like any
// other if the partition is another member's by now. Of a batch, nothing is left to be done when
// the next one is read, and an end is seen only behind all events before it: so a committed
// position is never past an event whose results are not committed. A crash before the commit of an
// end leaves the position where it was; the end is seen again.
//
// After an error it is of no more use: the next one begins at the committed offsets.
//
// One thread, but for cancel(). What it is given outlives it.

#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "client/transactions.h"
#include "flow/processor_spec.h"
#include "flow/schema/inferred_schema.h"
#include "flow/transform.h"

namespace daybook::flow {

class ProcessorRun {
 public:
  // `topics` are the inputs, as newer schemas are found; without them none is looked for.
  ProcessorRun(client::LogClient& log, client::Transactions& transactions,
               const ProcessorSpec& spec, const ProcessorIdentity& identity,
               std::vector<TopicSchema>* topics = nullptr);

  // Makes the output topics that are missing, tells their columns, and joins the group. `schemas`
  // are those of the inputs.
  Status open(std::vector<client::Schema> schemas, const MakeTransform& make);

  struct Step {
    std::size_t events = 0;
    std::size_t rejected = 0;
    std::size_t late = 0;  // of the rejected
    // Newer columns were published than the run was opened with: nothing was applied.
    bool is_outdated = false;
  };
  Result<Step> step(client::milliseconds max_wait);

  // Of the partitions that it has: the position behind what it has committed.
  const client::Position& position() const { return position_; }
  // Takes up how many partitions the outputs have by now.
  Status look_at_outputs();
  // By any thread, after open(): a step under way may end at once, with kCancelled.
  void cancel() { transform_->cancel(); }

 private:
  Status set_up_outputs();
  Result<bool> has_new_schemas(const client::Batch& batch,
                               const std::vector<Rejection>& rejections);
  Result<Step> apply(const client::Batch& batch);
  // A batch without events.
  Status keep_ends(const client::Batch& batch);
  // Events that have been computed, or only ends, with those that were kept.
  Status commit(const client::Batch& batch, const std::vector<Rejection>& rejections);
  Status write(const client::Batch& batch, const std::vector<Rejection>& rejections,
               const client::Position& next);
  Status make_rejected_topics(const client::Batch& batch, const std::vector<Rejection>& rejections);

  client::LogClient& log_;
  client::Transactions& transactions_;
  const ProcessorSpec& spec_;
  const ProcessorIdentity& identity_;
  std::vector<TopicSchema>* topics_;
  std::vector<client::Schema> schemas_;
  std::unique_ptr<Transform> transform_;
  std::unique_ptr<client::TransactionalWriter> writer_;
  std::unique_ptr<client::MemberReader> member_;
  std::uint64_t assignments_ = 0;
  client::Position position_;
  client::Position kept_ends_;  // behind all that was committed, and not yet committed themselves
  std::size_t batches_of_ends_ = 0;        // that they are of
  std::set<std::string> rejected_topics_;  // that are there
};

}  // namespace daybook::flow

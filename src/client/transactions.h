// Exactly once from topics to topics: the port through which a task reads as a member of a consumer
// group, and writes its results and the group's offsets in one transaction. After any crash both
// are in the log or neither, for whoever reads committed records.
//
// A member's partitions may be given to another member at any time. The commit of a transaction
// carries the membership under which its events were read, and fails if that has ended, so that
// events which two members have read count once.
//
// client/kafka_client.h makes the one for any log that speaks the Kafka protocol,
// client/memory_log.h the one in memory. Threads: Transactions by any; a MemberReader and a
// TransactionalWriter by one at a time.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::client {

struct GroupSpec {
  std::string group;
  std::vector<std::string> topics;
  // Who joins: one that comes back under its old name within the session takes up its partitions at
  // once, without the others being asked. Of several at once the last holds.
  std::string instance;
};

class MemberReader {
 public:
  virtual ~MemberReader() = default;
  // As Reader::fetch(), from the partitions that the member has. Partitions come and go in here
  // alone; what was read of one that has gone is not returned. A partition is read from the group's
  // committed offset, or from its beginning if there is none; a committed offset that is no longer
  // in the log is kInvalid. After an error a new member is needed.
  virtual Result<std::unique_ptr<Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                               milliseconds max_wait) = 0;
  // The partitions that the member has, and where it began to read each; replaced in fetch().
  virtual const Position& assigned() const = 0;
  // Grows whenever assigned() is replaced. 0: none yet.
  virtual std::uint64_t assignments() const = 0;
};

// One transaction after the other. After an error only abort() is of use: then a new member and a
// new writer begin again where the group's offsets are.
class TransactionalWriter {
 public:
  // An open transaction is left for the log to abort: at the next writer of its id, or in time.
  virtual ~TransactionalWriter() = default;
  virtual Status begin() = 0;
  // Copies and queues the record; waits while the queue is full.
  virtual Status write(const OutgoingRecord& record) = 0;
  // Success: the records and `next`, as the offsets of the member's group, are committed, durably.
  // kUnavailable: nothing was, as the partitions may be another member's by now. kFenced: nothing
  // was, as a writer of the same id is there. kOutcomeUnknown: the group's offsets tell. `member`
  // is one of the same Transactions.
  virtual Status commit(MemberReader& member, const Position& next) = 0;
  // Nothing of the transaction will ever be read. No transaction is no error.
  virtual Status abort() = 0;
};

class Transactions {
 public:
  virtual ~Transactions() = default;
  virtual Result<std::unique_ptr<MemberReader>> join(const GroupSpec& spec) = 0;
  // Ends what an earlier writer of the same id left open, and keeps it from writing (kFenced).
  virtual Result<std::unique_ptr<TransactionalWriter>> make_writer(const std::string& id) = 0;
};

}  // namespace daybook::client

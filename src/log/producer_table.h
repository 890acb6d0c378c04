// What a partition remembers of its idempotent producers: the last batches of each, so that a retry
// of one of them is recognised and a missing one is noticed. Kafka's rules: a batch's sequence
// follows the producer's last (after 2^31-1 comes 0); a new epoch begins at 0; a producer that is
// not known, or no longer, may begin anywhere.
//
// And of their transactions: a transactional batch opens one if none is open, until it ends with a
// marker every batch of the producer belongs to it, and a marker fences older epochs. Who has one
// open is not forgotten.
//
// On disk it is Apache Kafka's producer snapshot, `<offset>.snapshot` (docs/formats/log.md): what
// the records below that offset leave behind. Kafka keeps one row for each producer; we write one
// for each remembered batch, oldest first, of which Kafka keeps the last.
//
// Owned by a partition and guarded by its append lock.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "log/partition.h"

namespace daybook::wire {
class BatchView;
}

namespace daybook::log {

// Beyond this, the half that was quiet for longest is forgotten.
inline constexpr std::size_t kMaxProducersPerPartition = 100'000;

class ProducerTable {
 public:
  enum class Answer : std::uint8_t {
    kAppend,
    kDuplicate,
    kOutOfOrder,
    kStaleEpoch,
    kInTransaction,
    kStaleCoordinator,
  };
  struct Checked {
    Answer answer;
    Offset base{0};       // kDuplicate: of the original
    Offset end{0};        // kDuplicate: one past the original
    std::string message;  // of a refusal
  };

  // Whether the batch may be appended. Its offsets do not matter.
  Checked check(const wire::BatchView& batch) const;
  // Whether check() lets `batch` in behind `before`, which it has let in: it is the same producer's
  // next. False also if that cannot be told without the table.
  static bool follows(const wire::BatchView& batch, const wire::BatchView& before);
  // The batch was appended with the offsets that it has, at `now`. Only for a batch of records
  // with a producer. True if it has opened a transaction.
  bool record(const wire::BatchView& batch, Offset base, TimestampMs now);
  // Whether the marker may be appended: kAppend, kStaleEpoch or kStaleCoordinator.
  Checked check(const TransactionEnd& end) const;
  // The marker was appended. The first record of the transaction that it has ended, if any.
  std::optional<Offset> record(const TransactionEnd& end, TimestampMs now);
  // The first record of the open transaction that is the oldest of all.
  std::optional<Offset> first_open() const;
  std::vector<ProducerState> states(bool only_open) const;
  // Forgets who has been quiet for longer than `expiry`.
  void expire(TimestampMs now, std::chrono::milliseconds expiry);

  std::size_t size() const { return producers_.size(); }
  // What must stay of each in the log, so that it can be known from the log alone: the batch that
  // ends at `last`; without one, the marker that has begun its epoch.
  struct End {
    ProducerEpoch epoch;
    std::optional<Offset> last;
  };
  std::unordered_map<ProducerId, End> ends() const;
  Bytes snapshot() const;
  // kCorrupt, with the reason, unless `bytes` is a whole snapshot.
  static Result<ProducerTable> from_snapshot(BytesView bytes);

 private:
  struct Batch {
    std::int32_t first_sequence;
    std::int32_t last_sequence;
    Offset base;
    Offset last;
  };
  struct Producer {
    ProducerEpoch epoch;
    std::uint8_t count = 0;  // of `batches`
    TimestampMs last_seen;
    std::int32_t coordinator_epoch = -1;  // of the last marker
    std::optional<Offset> transaction;    // the first record of the one that is open
    std::array<Batch, kRememberedBatchesPerProducer> batches{};  // oldest first
    // -1: of this epoch there is none, and the next is 0.
    std::int32_t last_sequence() const {
      return count == 0 ? -1 : batches[count - 1U].last_sequence;
    }
    void begin_epoch(ProducerEpoch next);
    void add(const Batch& batch);
  };
  Checked check_sequence(const wire::BatchView& batch, const Producer& producer) const;
  void bound_size();

  std::unordered_map<ProducerId, Producer> producers_;
  std::set<Offset> open_;  // the first records of the open transactions
};

}  // namespace daybook::log

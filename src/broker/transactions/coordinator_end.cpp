// The ends of transactions: PREPARE, markers, completion; after a restart; when time is up.

#include <atomic>
#include <utility>

#include "base/report.h"
#include "broker/decisions.h"
#include "broker/groups/committed_offsets.h"
#include "broker/limits.h"
#include "broker/producer_ids.h"
#include "broker/topics/topics.h"
#include "broker/transactions/coordinator.h"
#include "io/clock.h"

namespace daybook::broker {

using State = catalog::TransactionState;

namespace {

// One node coordinates for ever.
constexpr std::int32_t kCoordinatorEpoch = 0;

}  // namespace

// The markers of one transaction on their way to the disk; whoever finishes last goes on.
struct TransactionCoordinator::MarkerRound {
  MarkerRound(TransactionCoordinator& c, std::string i) : coordinator(c), id(std::move(i)) {}
  TransactionCoordinator& coordinator;
  const std::string id;
  std::mutex mutex;
  Partitions missing;
  std::atomic<std::size_t> open = 1;

  void finish_one() {
    if (open.fetch_sub(1) == 1) coordinator.on_marked(id, missing);
  }
  void miss(const catalog::TransactionPartition& part) {
    const std::lock_guard lock(mutex);
    missing.push_back(part);
  }
};

void TransactionCoordinator::end(const std::string& id, const ProducerIdentity& producer,
                                 bool commit, TransactionProtocol protocol, EndReply reply) {
  end_with(id, producer, commit, protocol, std::nullopt, std::move(reply));
}

void TransactionCoordinator::end_with(const std::string& id, const ProducerIdentity& producer,
                                      bool commit, TransactionProtocol protocol,
                                      std::optional<ProducerId> fresh, EndReply reply) {
  Later later;
  std::unique_lock lock(mutex_);
  Entry* const entry = find_entry(id);
  if (entry == nullptr) {
    const KafkaError error =
        stopped_ ? KafkaError::kCoordinatorNotAvailable : KafkaError::kInvalidProducerIdMapping;
    lock.unlock();
    return reply({error, {}});
  }
  if (!fresh && protocol == TransactionProtocol::kV2 && entry->transaction.is_exhausted()) {
    lock.unlock();
    return with_fresh_id(std::move(reply), [this, id, producer, commit, protocol](
                                               ProducerId taken, EndReply waiting) {
      end_with(id, producer, commit, protocol, taken, std::move(waiting));
    });
  }
  auto end = entry->transaction.end(producer, commit, protocol, fresh.value_or(kNoProducer),
                                    clock_.wall());
  if (end && end->next) {
    entry->goes_on = end->producer;
    entry->replies.push_back(std::move(reply));
    begin_end(*entry, *std::move(end->next), later);
  } else {
    const InitAnswer answer =
        end ? InitAnswer{KafkaError::kNone, end->producer} : InitAnswer{end.error(), {}};
    later.push_back([reply = std::move(reply), answer]() mutable { reply(answer); });
  }
  lock.unlock();
  run(std::move(later));
}

// Nobody is permitted to write from here on.
void TransactionCoordinator::begin_end(Entry& entry, catalog::Transaction prepared, Later& later) {
  entry.transaction.begin_change(Transaction::Changing::kOther);
  entry.prepared = std::move(prepared);
  if (entry.permits == 0) decide_end(entry, later);
}

void TransactionCoordinator::decide_end(Entry& entry, Later& later) {
  entry.deciding = true;
  later.push_back([this, prepared = *entry.prepared] {
    const bool commit = prepared.state == State::kPrepareCommit;
    decisions_.decide(
        [prepared, commit](catalog::Catalog& catalog) -> Status {
          DAYBOOK_TRY_VOID(catalog.put_transaction(prepared));
          return catalog.end_pending_offsets(prepared.id, commit);
        },
        [this, id = prepared.id](const Status& stored) { on_prepared(id, stored); });
  });
}

void TransactionCoordinator::on_prepared(const std::string& id, const Status& stored) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.find(id)->second;
    entry.deciding = false;
    catalog::Transaction prepared = *std::exchange(entry.prepared, std::nullopt);
    if (stored) {
      offsets_.end_pending(id, prepared.state == State::kPrepareCommit);
      entry.transaction.finish_change(std::move(prepared));
      set_deadline(entry);
      later.push_back([this, id] { worker_.run([this, id] { write_markers(id); }); });
    } else {
      entry.transaction.give_up_change();
      answer_end(entry, KafkaError::kCoordinatorNotAvailable, later);
    }
  }
  if (!stored && stored.error().code != ErrorCode::kCancelled) {
    report(
        Severity::kError, "broker",
        "could not decide the end of the transaction of '" + id + "': " + stored.error().message);
  }
  run(std::move(later));
}

void TransactionCoordinator::answer_end(Entry& entry, KafkaError error, Later& later) {
  const ProducerIdentity producer = error == KafkaError::kNone ? entry.goes_on : ProducerIdentity{};
  for (EndReply& reply : std::exchange(entry.replies, {})) {
    later.push_back(
        [reply = std::move(reply), error, producer]() mutable { reply({error, producer}); });
  }
}

void TransactionCoordinator::write_markers(const std::string& id) {
  std::optional<catalog::Transaction> transaction;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    transaction = entries_.find(id)->second.transaction.record();
  }
  const auto round = std::make_shared<MarkerRound>(*this, id);
  for (const auto& part : transaction->partitions) {
    if (!write_marker(*transaction, part, round)) round->miss(part);
  }
  round->finish_one();
}

// False if it has to be tried again. Where there is no such partition any more, nothing is to do.
bool TransactionCoordinator::write_marker(const catalog::Transaction& transaction,
                                          const catalog::TransactionPartition& part,
                                          const std::shared_ptr<MarkerRound>& round) {
  const TopicPtr topic = topics_.find(part.topic);
  if (topic == nullptr) return true;
  const auto partition = topic->partition(part.partition);
  if (!partition) return partition.error() == KafkaError::kUnknownTopicOrPartition;
  const auto result = transaction.state == State::kPrepareCommit ? wire::TransactionResult::kCommit
                                                                 : wire::TransactionResult::kAbort;
  const auto appended =
      (*partition)
          ->append_marker({transaction.producer, transaction.epoch, {result, kCoordinatorEpoch}});
  if (!appended) {
    // A newer epoch has written: whoever let it has ended this transaction.
    if (appended.error().fault == log::AppendFault::kStaleEpoch) return true;
    return false;
  }
  ++round->open;
  // The topic keeps the partition alive until then.
  (*partition)->when_durable(appended->end, [round, part, topic](const Status& durable) {
    if (!durable) round->miss(part);
    round->finish_one();
  });
  return true;
}

void TransactionCoordinator::on_marked(const std::string& id, const Partitions& missing) {
  if (missing.empty()) return complete(id);
  Later later;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.find(id)->second;
    const bool is_news = !std::exchange(entry.delayed, true) && !stopped_;
    if (is_news) {
      report(Severity::kWarning, "broker",
             "the transaction of '" + id + "' is decided, and its end cannot be written to " +
                 std::to_string(missing.size()) + " of its partitions now: trying again");
    }
    answer_end(entry, KafkaError::kNone, later);
  }
  run(std::move(later));
  mark_again_later(id);
}

void TransactionCoordinator::mark_again_later(const std::string& id) {
  timers_.at(clock_.steady() + kMarkerRetryTime,
             [this, id] { worker_.run([this, id] { write_markers(id); }); });
}

void TransactionCoordinator::complete(const std::string& id) {
  std::optional<catalog::Transaction> completed;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.find(id)->second;
    completed = entry.transaction.complete(clock_.wall());
  }
  decisions_.decide(
      [next = *completed](catalog::Catalog& catalog) { return catalog.put_transaction(next); },
      [this, next = *completed](const Status& stored) {
        Later later;
        {
          const std::lock_guard lock(mutex_);
          Entry& entry = entries_.find(next.id)->second;
          if (stored) {
            entry.transaction.finish_change(next);
            entry.delayed = false;
          }
          answer_end(entry, KafkaError::kNone, later);
        }
        run(std::move(later));
        if (stored || stored.error().code == ErrorCode::kCancelled) return;
        report(Severity::kError, "broker",
               "could not complete the transaction of '" + next.id +
                   "', trying again: " + stored.error().message);
        mark_again_later(next.id);
      });
}

void TransactionCoordinator::fence(const std::string& id) {
  const auto fence_with = [this, id](std::optional<ProducerId> fresh) {
    Later later;
    {
      const std::lock_guard lock(mutex_);
      Entry* const entry = find_entry(id);
      if (entry == nullptr || entry->transaction.is_changing() ||
          entry->transaction.state() != State::kOngoing) {
        return;
      }
      begin_end(*entry, entry->transaction.fence(fresh.value_or(kNoProducer), clock_.wall()),
                later);
    }
    run(std::move(later));
  };
  bool exhausted = false;
  {
    const std::lock_guard lock(mutex_);
    const Entry* const entry = find_entry(id);
    exhausted = entry != nullptr && entry->transaction.is_exhausted();
  }
  if (!exhausted) return fence_with(std::nullopt);
  ids_.take([fence_with](const Result<ProducerId>& taken) {
    if (taken) fence_with(*taken);
  });
}

void TransactionCoordinator::start(std::vector<catalog::Transaction> stored) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    for (catalog::Transaction& each : stored) {
      std::string id = each.id;
      entries_.emplace(std::move(id), Entry(Transaction(std::move(each))));
    }
    take_over_open_transactions();
    for (auto& [id, entry] : entries_) {
      set_deadline(entry);
      if (!entry.transaction.is_decided()) continue;
      later.push_back(
          [this, decided = id] { worker_.run([this, decided] { write_markers(decided); }); });
    }
  }
  run(std::move(later));
  arm_sweep();
}

// What clients of version 2 have written stands nowhere but in the partitions and the pending
// offsets.
void TransactionCoordinator::take_over_open_transactions() {
  const TimestampMs now = clock_.wall();
  std::map<ProducerId, Entry*> by_producer;
  for (auto& [id, entry] : entries_) {
    by_producer.emplace(entry.transaction.record().producer, &entry);
  }
  for (const TopicPtr& topic : topics_.all()) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      if (!topic->partitions[i]) continue;
      for (const log::ProducerState& open : (*topic->partitions[i])->open_transactions()) {
        const auto found = by_producer.find(open.producer);
        if (found == by_producer.end()) continue;
        found->second->transaction.take_over(
            catalog::TransactionPartition{topic->id, PartitionId{static_cast<std::int32_t>(i)}},
            now);
      }
    }
  }
  for (const auto& [id, group] : offsets_.pending_groups()) {
    if (const auto found = entries_.find(id); found != entries_.end()) {
      found->second.transaction.take_over(group, now);
    }
  }
}

void TransactionCoordinator::arm_sweep() {
  timers_.at(clock_.steady() + kTransactionSweepTime, [this] { sweep(); });
}

// Aborts what has taken too long, and forgets ids that nobody has used for long.
void TransactionCoordinator::sweep() {
  std::vector<std::string> late;
  std::vector<std::string> forgotten;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    const auto now = clock_.steady();
    const std::int64_t wall_ms = clock_.wall().value;
    for (auto& [id, entry] : entries_) {
      const catalog::Transaction& record = entry.transaction.record();
      if (entry.transaction.is_changing() || entry.transaction.is_decided()) continue;
      if (record.state == State::kOngoing) {
        if (entry.deadline <= now) late.push_back(id);
      } else if (wall_ms - record.updated.value >= kTransactionalIdExpiry.count()) {
        entry.transaction.begin_change(Transaction::Changing::kOther);
        forgotten.push_back(id);
      }
    }
  }
  for (const std::string& id : late) {
    report(Severity::kWarning, "broker",
           "aborting the transaction of '" + id + "': it has taken longer than its timeout");
    fence(id);
  }
  for (const std::string& id : forgotten) {
    decisions_.decide(
        [id](catalog::Catalog& catalog) { return catalog.forget_transactional_id(id); },
        [this, id](const Status& stored) {
          const std::lock_guard lock(mutex_);
          if (stored) {
            entries_.erase(id);
          } else {
            entries_.find(id)->second.transaction.give_up_change();
          }
        });
  }
  arm_sweep();
}

}  // namespace daybook::broker

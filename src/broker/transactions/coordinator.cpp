#include "broker/transactions/coordinator.h"

#include <utility>

#include "base/report.h"
#include "broker/decisions.h"
#include "broker/groups/committed_offsets.h"
#include "broker/limits.h"
#include "broker/producer_ids.h"
#include "io/clock.h"

namespace daybook::broker {

using State = catalog::TransactionState;

TransactionCoordinator::TransactionCoordinator(Decisions& decisions, CommittedOffsets& offsets,
                                               ProducerIds& ids, Topics& topics, Timers& timers,
                                               io::Clock& clock)
    : decisions_(decisions),
      offsets_(offsets),
      ids_(ids),
      topics_(topics),
      timers_(timers),
      clock_(clock) {}

TransactionCoordinator::~TransactionCoordinator() {
  stop();
}

void TransactionCoordinator::run(Later later) {
  for (auto& each : later) each();
}

TransactionCoordinator::Entry* TransactionCoordinator::find_entry(std::string_view id) {
  const auto found = entries_.find(id);
  return found == entries_.end() || stopped_ ? nullptr : &found->second;
}

void TransactionCoordinator::set_deadline(Entry& entry) const {
  entry.deadline = entry.transaction.state() == State::kOngoing
                       ? clock_.steady() + entry.transaction.record().timeout
                       : Timers::TimePoint::max();
}

// Makes `next` durable, then takes it over.
void TransactionCoordinator::store(Entry& entry, Transaction::Changing how,
                                   catalog::Transaction next, Done done, Later& later) {
  entry.transaction.begin_change(how);
  later.push_back([this, next = std::move(next), done = std::move(done)]() mutable {
    const auto shared = std::make_shared<catalog::Transaction>(std::move(next));
    decisions_.decide(
        [shared](catalog::Catalog& catalog) { return catalog.put_transaction(*shared); },
        [this, shared, done = std::move(done)](const Status& stored) mutable {
          {
            const std::lock_guard lock(mutex_);
            Entry& changed = entries_.find(shared->id)->second;
            if (stored) {
              changed.transaction.finish_change(*shared);
            } else {
              changed.transaction.give_up_change();
            }
          }
          if (!stored && stored.error().code != ErrorCode::kCancelled) {
            report(
                Severity::kError, "broker",
                "could not store transactional id '" + shared->id + "': " + stored.error().message);
          }
          done(stored ? KafkaError::kNone : KafkaError::kCoordinatorNotAvailable);
        });
  });
}

void TransactionCoordinator::with_fresh_id(
    InitReply reply, std::move_only_function<void(ProducerId, InitReply)> go_on) {
  ids_.take([reply = std::move(reply), go_on = std::move(go_on)](Result<ProducerId> id) mutable {
    if (id) return go_on(*id, std::move(reply));
    report(Severity::kError, "broker", "could not reserve producer ids: " + id.error().message);
    reply({KafkaError::kCoordinatorNotAvailable, {}});
  });
}

void TransactionCoordinator::init(const std::string& id, std::optional<ProducerIdentity> was,
                                  std::chrono::milliseconds timeout, InitReply reply) {
  init_with(id, was, timeout, std::nullopt, std::move(reply));
}

void TransactionCoordinator::init_with(const std::string& id, std::optional<ProducerIdentity> was,
                                       std::chrono::milliseconds timeout,
                                       std::optional<ProducerId> fresh, InitReply reply) {
  Later later;
  std::unique_lock lock(mutex_);
  Entry* entry = find_entry(id);
  const bool refused = stopped_ || (entry == nullptr && entries_.size() >= kMaxTransactionalIds);
  if (refused) {
    lock.unlock();
    return reply({KafkaError::kCoordinatorNotAvailable, {}});
  }
  if (!fresh && (entry == nullptr || entry->transaction.is_exhausted())) {
    lock.unlock();
    return with_fresh_id(std::move(reply),
                         [this, id, was, timeout](ProducerId taken, InitReply waiting) {
                           init_with(id, was, timeout, taken, std::move(waiting));
                         });
  }
  if (entry == nullptr) {
    entry = &entries_.emplace(id, Entry(Transaction(id, *fresh))).first->second;
  }
  auto change = entry->transaction.init(was, timeout, fresh.value_or(kNoProducer), clock_.wall());
  if (change) {
    const ProducerIdentity producer{change->next.producer, change->next.epoch};
    store(
        *entry, Transaction::Changing::kOther, std::move(change->next),
        [reply = std::move(reply), producer](KafkaError error) mutable {
          reply({error, error == KafkaError::kNone ? producer : ProducerIdentity{}});
        },
        later);
  } else {
    const bool fences = change.error() == KafkaError::kConcurrentTransactions &&
                        entry->transaction.state() == State::kOngoing &&
                        !entry->transaction.is_changing();
    if (fences) later.push_back([this, id] { fence(id); });
    later.push_back(
        [reply = std::move(reply), error = change.error()]() mutable { reply({error, {}}); });
  }
  lock.unlock();
  run(std::move(later));
}

template <class Add>
void TransactionCoordinator::add_durably(const std::string& id, const ProducerIdentity& producer,
                                         Add add, Done done) {
  Later later;
  std::unique_lock lock(mutex_);
  Entry* const entry = find_entry(id);
  KafkaError error = stopped_           ? KafkaError::kCoordinatorNotAvailable
                     : entry == nullptr ? KafkaError::kInvalidProducerIdMapping
                                        : entry->transaction.check(producer);
  if (error == KafkaError::kNone) {
    Transaction changed(entry->transaction.record());
    add(changed);
    if (changed.record() != entry->transaction.record()) {
      const bool begins = entry->transaction.state() != State::kOngoing;
      if (begins) entry->deadline = clock_.steady() + changed.record().timeout;
      store(*entry, Transaction::Changing::kAdding, changed.record(), std::move(done), later);
      lock.unlock();
      return run(std::move(later));
    }
  }
  lock.unlock();
  done(error);
}

void TransactionCoordinator::add(const std::string& id, const ProducerIdentity& producer,
                                 const std::vector<catalog::TransactionPartition>& partitions,
                                 Done done) {
  add_durably(
      id, producer,
      [&](Transaction& transaction) {
        // Adding again what is there changes nothing, so nothing is stored.
        const auto& known = transaction.record();
        for (const auto& part : partitions) {
          if (known.state == State::kOngoing && known.partitions.contains(part)) continue;
          transaction.add(part, TransactionProtocol::kV1, clock_.wall());
        }
      },
      std::move(done));
}

void TransactionCoordinator::add_group(const std::string& id, const ProducerIdentity& producer,
                                       const std::string& group, TransactionProtocol protocol,
                                       Done done) {
  add_durably(
      id, producer,
      [&](Transaction& transaction) {
        const auto& known = transaction.record();
        if (known.state == State::kOngoing && known.groups.contains(group)) return;
        transaction.add(group, protocol, clock_.wall());
      },
      std::move(done));
}

KafkaError TransactionCoordinator::verify(const std::string& id, const ProducerIdentity& producer,
                                          const catalog::TransactionPartition& partition) const {
  const std::lock_guard lock(mutex_);
  if (stopped_) return KafkaError::kCoordinatorNotAvailable;
  const auto found = entries_.find(id);
  if (found == entries_.end()) return KafkaError::kInvalidProducerIdMapping;
  return found->second.transaction.check_part(producer, partition);
}

template <class Part>
std::expected<Permit, KafkaError> TransactionCoordinator::give_permit(
    const std::string& id, const ProducerIdentity& producer, const Part& part,
    TransactionProtocol protocol) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return std::unexpected(KafkaError::kCoordinatorNotAvailable);
  Entry* const entry = find_entry(id);
  if (entry == nullptr) return std::unexpected(KafkaError::kInvalidProducerIdMapping);
  const bool adds = protocol == TransactionProtocol::kV2;
  const KafkaError error =
      adds ? entry->transaction.check(producer) : entry->transaction.check_part(producer, part);
  if (error != KafkaError::kNone) return std::unexpected(error);
  if (adds) {
    const bool begins = entry->transaction.state() != State::kOngoing;
    entry->transaction.add(part, protocol, clock_.wall());
    if (begins) set_deadline(*entry);
  }
  ++entry->permits;
  return Permit(*this, id);
}

std::expected<Permit, KafkaError> TransactionCoordinator::permit(
    const std::string& id, const ProducerIdentity& producer,
    const catalog::TransactionPartition& partition, TransactionProtocol protocol) {
  return give_permit(id, producer, partition, protocol);
}

std::expected<Permit, KafkaError> TransactionCoordinator::permit(const std::string& id,
                                                                 const ProducerIdentity& producer,
                                                                 const std::string& group,
                                                                 TransactionProtocol protocol) {
  return give_permit(id, producer, group, protocol);
}

void Permit::release() {
  if (coordinator_ != nullptr) std::exchange(coordinator_, nullptr)->release(id_);
}

void TransactionCoordinator::release(const std::string& id) {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    // Neither is an id forgotten while somebody writes for it.
    Entry& entry = entries_.find(id)->second;
    if (--entry.permits == 0 && entry.prepared && !entry.deciding) decide_end(entry, later);
  }
  run(std::move(later));
}

std::optional<catalog::Transaction> TransactionCoordinator::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  return found->second.transaction.record();
}

std::vector<catalog::Transaction> TransactionCoordinator::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<catalog::Transaction> all;
  for (const auto& [id, entry] : entries_) all.push_back(entry.transaction.record());
  return all;
}

void TransactionCoordinator::stop() {
  Later later;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (auto& [id, entry] : entries_) {
      answer_end(entry, KafkaError::kCoordinatorNotAvailable, later);
    }
  }
  run(std::move(later));
  worker_.stop();
}

}  // namespace daybook::broker

#include "broker/transactions/transaction.h"

#include <limits>
#include <utility>

namespace daybook::broker {
namespace {

using State = catalog::TransactionState;

constexpr ProducerEpoch kNone{-1};
// The last epoch is kept for the marker of a fenced or ended transaction.
constexpr ProducerEpoch kLastUsable{std::numeric_limits<std::int16_t>::max() - 1};

ProducerEpoch after(ProducerEpoch epoch) {
  return ProducerEpoch{static_cast<std::int16_t>(epoch.value + 1)};
}

bool is_prepared(State state) {
  return state == State::kPrepareCommit || state == State::kPrepareAbort;
}

}  // namespace

Transaction::Transaction(std::string id, ProducerId producer) {
  stored_.id = std::move(id);
  stored_.producer = producer;
}

bool Transaction::is_exhausted() const {
  return stored_.epoch >= kLastUsable;
}

Transaction::Answer<Transaction::Change> Transaction::init(std::optional<ProducerIdentity> was,
                                                           std::chrono::milliseconds timeout,
                                                           ProducerId fresh,
                                                           TimestampMs now) const {
  if (is_changing() || is_decided()) {
    return std::unexpected(KafkaError::kConcurrentTransactions);
  }
  const bool is_new = stored_.epoch == kNone;
  if (was && !is_new && was->id != stored_.producer &&
      !(was->id == stored_.previous_producer && was->epoch >= kLastUsable)) {
    return std::unexpected(KafkaError::kProducerFenced);
  }
  if (stored_.state == State::kOngoing) {
    return std::unexpected(KafkaError::kConcurrentTransactions);
  }
  catalog::Transaction next = stored_;
  next.state = State::kEmpty;
  next.timeout = timeout;
  next.started = kNoTimestamp;
  next.updated = now;
  next.partitions.clear();
  next.groups.clear();
  if (is_exhausted() && (!was || was->epoch == stored_.epoch)) {
    next.previous_producer = stored_.producer;
    next.producer = fresh;
    next.epoch = ProducerEpoch{0};
    next.last_epoch = was ? stored_.epoch : kNone;
    return Change{std::move(next)};
  }
  if (!was || is_new) {
    next.epoch = after(stored_.epoch);
    next.last_epoch = kNone;
  } else if (was->id == stored_.producer && was->epoch == stored_.epoch) {
    next.epoch = after(stored_.epoch);
    next.last_epoch = stored_.epoch;
  } else if (was->epoch != stored_.last_epoch) {
    return std::unexpected(KafkaError::kProducerFenced);
  }
  // Otherwise it asks again for what it was given: the epoch stays.
  return Change{std::move(next)};
}

bool Transaction::is_decided() const {
  return is_prepared(stored_.state);
}

KafkaError Transaction::check(const ProducerIdentity& producer, bool may_change) const {
  if (producer.id != stored_.producer) return KafkaError::kInvalidProducerIdMapping;
  if (producer.epoch != stored_.epoch) return KafkaError::kProducerFenced;
  if (!may_change || is_decided()) return KafkaError::kConcurrentTransactions;
  return KafkaError::kNone;
}

bool Transaction::has(const catalog::TransactionPartition& part) const {
  return stored_.state == State::kOngoing && stored_.partitions.contains(part);
}

bool Transaction::has(const std::string& group) const {
  return stored_.state == State::kOngoing && stored_.groups.contains(group);
}

void Transaction::begin(TransactionProtocol protocol, TimestampMs now) {
  stored_.version = std::to_underlying(protocol);
  stored_.updated = now;
  if (stored_.state == State::kOngoing) return;
  stored_.state = State::kOngoing;
  stored_.started = now;
  stored_.partitions.clear();
  stored_.groups.clear();
}

void Transaction::add(const catalog::TransactionPartition& part, TransactionProtocol protocol,
                      TimestampMs now) {
  begin(protocol, now);
  stored_.partitions.insert(part);
}

void Transaction::add(const std::string& group, TransactionProtocol protocol, TimestampMs now) {
  begin(protocol, now);
  stored_.groups.insert(group);
}

catalog::Transaction Transaction::prepare(bool commit, TransactionProtocol protocol,
                                          ProducerId fresh, TimestampMs now) const {
  catalog::Transaction next = stored_;
  next.state = commit ? State::kPrepareCommit : State::kPrepareAbort;
  next.version = std::to_underlying(protocol);
  next.updated = now;
  if (stored_.state != State::kOngoing) {
    next.started = now;
    next.partitions.clear();
    next.groups.clear();
  }
  if (protocol == TransactionProtocol::kV1) return next;
  if (is_exhausted()) next.next_producer = fresh;
  next.last_epoch = stored_.epoch;
  next.epoch = after(stored_.epoch);
  return next;
}

Transaction::Answer<Transaction::End> Transaction::end(const ProducerIdentity& producer,
                                                       bool commit, TransactionProtocol protocol,
                                                       ProducerId fresh, TimestampMs now) const {
  return protocol == TransactionProtocol::kV2 ? end_v2(producer, commit, fresh, now)
                                              : end_v1(producer, commit, now);
}

Transaction::Answer<Transaction::End> Transaction::end_v1(const ProducerIdentity& producer,
                                                          bool commit, TimestampMs now) const {
  if (producer.id != stored_.producer) {
    return std::unexpected(KafkaError::kInvalidProducerIdMapping);
  }
  if (producer.epoch != stored_.epoch) return std::unexpected(KafkaError::kProducerFenced);
  if (is_changing()) return std::unexpected(KafkaError::kConcurrentTransactions);
  switch (stored_.state) {
    case State::kOngoing:
      return End{prepare(commit, TransactionProtocol::kV1, kNoProducer, now), producer};
    case State::kPrepareCommit:
    case State::kPrepareAbort:
      if (commit == (stored_.state == State::kPrepareCommit)) {
        return std::unexpected(KafkaError::kConcurrentTransactions);
      }
      break;
    case State::kCompleteCommit:
    case State::kCompleteAbort:
      if (commit == (stored_.state == State::kCompleteCommit)) return End{std::nullopt, producer};
      break;
    case State::kEmpty:
      break;
  }
  return std::unexpected(KafkaError::kInvalidTxnState);
}

Transaction::Answer<Transaction::End> Transaction::end_v2(const ProducerIdentity& producer,
                                                          bool commit, ProducerId fresh,
                                                          TimestampMs now) const {
  const ProducerIdentity current{stored_.producer, stored_.epoch};
  // The request comes again, and has done its work: the epoch is the next one already, or that of
  // the next producer id.
  const bool again_with_new_id = producer.id == stored_.previous_producer &&
                                 producer.epoch == kLastUsable && stored_.epoch == ProducerEpoch{0};
  const bool again = producer.id == stored_.producer && stored_.epoch == after(producer.epoch);
  if (producer.id != stored_.producer && !again_with_new_id) {
    return std::unexpected(KafkaError::kInvalidProducerIdMapping);
  }
  const bool is_complete =
      stored_.state == State::kCompleteCommit || stored_.state == State::kCompleteAbort;
  const bool valid = is_decided()  ? again
                     : is_complete ? again || again_with_new_id || producer == current
                                   : producer == current;
  if (!valid) return std::unexpected(KafkaError::kProducerFenced);
  if (is_changing()) return std::unexpected(KafkaError::kConcurrentTransactions);
  const bool as_before =
      commit == (stored_.state == State::kPrepareCommit || stored_.state == State::kCompleteCommit);
  if (is_decided()) {
    return std::unexpected(as_before ? KafkaError::kConcurrentTransactions
                                     : KafkaError::kInvalidTxnState);
  }
  if (is_complete && (again || again_with_new_id)) {
    if (as_before) return End{std::nullopt, current};
    return std::unexpected(KafkaError::kInvalidTxnState);
  }
  // An abort of nothing begins a new epoch all the same; there is nothing to commit.
  if (stored_.state != State::kOngoing && commit) {
    return std::unexpected(KafkaError::kInvalidTxnState);
  }
  catalog::Transaction next = prepare(commit, TransactionProtocol::kV2, fresh, now);
  const ProducerIdentity goes_on = producer_after(next);
  return End{std::move(next), goes_on};
}

catalog::Transaction Transaction::fence(ProducerId fresh, TimestampMs now) const {
  const auto protocol = static_cast<TransactionProtocol>(stored_.version);
  catalog::Transaction next = prepare(false, protocol, fresh, now);
  if (protocol == TransactionProtocol::kV1) {
    next.epoch = after(stored_.epoch);
    next.last_epoch = kNone;
  }
  return next;
}

catalog::Transaction Transaction::complete(TimestampMs now) const {
  catalog::Transaction next = stored_;
  next.state =
      stored_.state == State::kPrepareCommit ? State::kCompleteCommit : State::kCompleteAbort;
  next.updated = now;
  next.partitions.clear();
  next.groups.clear();
  const ProducerIdentity producer = producer_after(stored_);
  if (producer.id != stored_.producer) next.previous_producer = stored_.producer;
  next.producer = producer.id;
  next.epoch = producer.epoch;
  next.next_producer = kNoProducer;
  return next;
}

void Transaction::finish_change(catalog::Transaction next) {
  stored_ = std::move(next);
  changing_ = Changing::kNot;
}

ProducerIdentity producer_after(const catalog::Transaction& prepared) {
  if (prepared.next_producer == kNoProducer) return {prepared.producer, prepared.epoch};
  return {prepared.next_producer, ProducerEpoch{0}};
}

}  // namespace daybook::broker

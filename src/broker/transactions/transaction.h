// One transactional id: which producer speaks for it, in which epoch, and where its newest
// transaction stands. The rules are Apache Kafka's, for both versions of the protocol: in version 2
// (KIP-890) every end of a transaction begins a new epoch, so that nothing that is late can get
// into the next one.
//
//   Empty ──▶ Ongoing ──▶ PrepareCommit ──▶ CompleteCommit ──▶ Ongoing …
//                    └──▶ PrepareAbort ───▶ CompleteAbort ───▶ Ongoing …
//
// Pure: it decides, and whoever owns it makes durable what was decided and then says so. A change
// that must be durable is a whole new record; while one is on its way every other request is
// answered CONCURRENT_TRANSACTIONS.
//
// Owned by the coordinator, under its lock.

#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/ids.h"
#include "catalog/records.h"
#include "wire/error_code.h"

namespace daybook::broker {

using wire::KafkaError;

struct ProducerIdentity {
  ProducerId id = kNoProducer;
  ProducerEpoch epoch{-1};
  friend bool operator==(const ProducerIdentity&, const ProducerIdentity&) = default;
};

// 1: clients add partitions by request. 2: writing adds them, and ends begin epochs.
enum class TransactionProtocol : std::int16_t { kV1 = 1, kV2 = 2 };

class Transaction {
 public:
  using State = catalog::TransactionState;
  template <class T>
  using Answer = std::expected<T, KafkaError>;

  // What has to be stored before the request is answered.
  struct Change {
    catalog::Transaction next;
  };
  // An end: to be stored, or nothing is to do and this was the answer before.
  struct End {
    std::optional<catalog::Transaction> next;
    ProducerIdentity producer;  // that goes on; of the answer in version 2
  };

  // Of an id that nobody has used.
  Transaction(std::string id, ProducerId producer);
  explicit Transaction(catalog::Transaction stored) : stored_(std::move(stored)) {}

  const catalog::Transaction& record() const { return stored_; }
  State state() const { return stored_.state; }
  bool is_changing() const { return changing_ != Changing::kNot; }
  // The producer's epochs are used up: the next init() or end() wants a fresh producer id.
  bool is_exhausted() const;

  // A producer begins, or recovers and says who it `was`. CONCURRENT_TRANSACTIONS with a
  // transaction under way: fence() it first.
  Answer<Change> init(std::optional<ProducerIdentity> was, std::chrono::milliseconds timeout,
                      ProducerId fresh, TimestampMs now) const;

  // Whether `producer` may do something in its transaction now.
  KafkaError check(const ProducerIdentity& producer) const {
    return check(producer, changing_ == Changing::kNot);
  }
  // ... and has a transaction under way that has this part.
  template <class Part>
  KafkaError check_part(const ProducerIdentity& producer, const Part& part) const {
    const KafkaError error = check(producer, changing_ != Changing::kOther);
    if (error != KafkaError::kNone) return error;
    return has(part) ? KafkaError::kNone : KafkaError::kTransactionAbortable;
  }

  // After check(): the transaction, begun if there is none, has these as well. The record is to be
  // stored with version 1 only; see coordinator.h.
  void add(const catalog::TransactionPartition& part, TransactionProtocol protocol,
           TimestampMs now);
  void add(const std::string& group, TransactionProtocol protocol, TimestampMs now);

  // The client ends it.
  Answer<End> end(const ProducerIdentity& producer, bool commit, TransactionProtocol protocol,
                  ProducerId fresh, TimestampMs now) const;
  // The server aborts what is under way; its producer is fenced.
  catalog::Transaction fence(ProducerId fresh, TimestampMs now) const;
  // All markers are written.
  catalog::Transaction complete(TimestampMs now) const;

  // A change is on its way to the catalog; it is there; it failed. While something is added, what
  // was there before can be used.
  enum class Changing : std::uint8_t { kNot, kAdding, kOther };
  void begin_change(Changing how) { changing_ = how; }
  void finish_change(catalog::Transaction next);
  void give_up_change() { changing_ = Changing::kNot; }

  // At start: a partition has this transaction open; there are pending offsets of a group.
  template <class Part>
  void take_over(const Part& part, TimestampMs now) {
    if (is_decided()) return;
    add(part, static_cast<TransactionProtocol>(stored_.version), now);
  }
  // PrepareCommit or PrepareAbort.
  bool is_decided() const;

 private:
  KafkaError check(const ProducerIdentity& producer, bool may_change) const;
  bool has(const catalog::TransactionPartition& part) const;
  bool has(const std::string& group) const;
  Answer<End> end_v1(const ProducerIdentity& producer, bool commit, TimestampMs now) const;
  Answer<End> end_v2(const ProducerIdentity& producer, bool commit, ProducerId fresh,
                     TimestampMs now) const;
  catalog::Transaction prepare(bool commit, TransactionProtocol protocol, ProducerId fresh,
                               TimestampMs now) const;
  void begin(TransactionProtocol protocol, TimestampMs now);

  catalog::Transaction stored_;
  Changing changing_ = Changing::kNot;
};

// Clients that do not know PRODUCER_FENCED are told INVALID_PRODUCER_EPOCH.
constexpr KafkaError fenced_for(KafkaError error, bool knows_fenced) {
  return error == KafkaError::kProducerFenced && !knows_fenced ? KafkaError::kInvalidProducerEpoch
                                                               : error;
}

// Who goes on after `prepared` (PrepareCommit or PrepareAbort) is complete.
ProducerIdentity producer_after(const catalog::Transaction& prepared);

}  // namespace daybook::broker

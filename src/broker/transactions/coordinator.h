// All transactions of the server. It decides who may write in which transaction, and brings every
// end that was decided to an end: in the catalog, in the committed offsets, and in the partitions.
//
// What is durable, and when:
//   - a producer's id and epoch, before InitProducerId answers;
//   - what a client of version 1 adds, before that is answered. What version 2 adds by writing is
//     not stored: a restart finds it in the partitions themselves, which know their open
//     transactions, and in the pending offsets;
//   - PREPARE, with the list of the partitions and together with the offsets that it commits,
//     before the first marker is written. From there on the end cannot change, and a restart goes
//     on writing markers until all are there;
//   - that it is complete, after all markers are durable, and before the next transaction of that
//     id begins: so a marker written again cannot end the next one.
// EndTxn is answered when it is complete; if a marker cannot be written now, after PREPARE.
//
// Nothing of a transaction is written behind its markers: who writes holds a Permit meanwhile, and
// PREPARE waits until there is none.
//
// Threads: any, except start(). Markers are written on a thread of its own.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/timers.h"
#include "broker/transactions/permit.h"
#include "broker/transactions/transaction.h"
#include "broker/worker.h"

namespace daybook::io {
class Clock;
}

namespace daybook::broker {

class CommittedOffsets;
class Decisions;
class ProducerIds;
class Topics;

class TransactionCoordinator {
 public:
  struct InitAnswer {
    KafkaError error = KafkaError::kNone;
    ProducerIdentity producer;
  };
  using InitReply = std::move_only_function<void(InitAnswer)>;
  using EndReply = InitReply;
  using Done = std::move_only_function<void(KafkaError)>;

  TransactionCoordinator(Decisions& decisions, CommittedOffsets& offsets, ProducerIds& ids,
                         Topics& topics, Timers& timers, io::Clock& clock);
  ~TransactionCoordinator();

  // Takes over what the catalog and the partitions hold, and goes on with what was decided. Before
  // any other call, when the topics are open.
  void start(std::vector<catalog::Transaction> stored);

  // Replies are called once, at once or later, on any thread.
  void init(const std::string& id, std::optional<ProducerIdentity> was,
            std::chrono::milliseconds timeout, InitReply reply);
  // Version 1: all of them are added, durably, or none.
  void add(const std::string& id, const ProducerIdentity& producer,
           const std::vector<catalog::TransactionPartition>& partitions, Done done);
  void add_group(const std::string& id, const ProducerIdentity& producer, const std::string& group,
                 TransactionProtocol protocol, Done done);
  // Is it in the transaction that is under way?
  KafkaError verify(const std::string& id, const ProducerIdentity& producer,
                    const catalog::TransactionPartition& partition) const;
  void end(const std::string& id, const ProducerIdentity& producer, bool commit,
           TransactionProtocol protocol, EndReply reply);

  // To append to a partition, or to store pending offsets of a group. Version 2 adds what is
  // written to; version 1 must have added it.
  std::expected<Permit, KafkaError> permit(const std::string& id, const ProducerIdentity& producer,
                                           const catalog::TransactionPartition& partition,
                                           TransactionProtocol protocol);
  std::expected<Permit, KafkaError> permit(const std::string& id, const ProducerIdentity& producer,
                                           const std::string& group, TransactionProtocol protocol);

  std::optional<catalog::Transaction> find(std::string_view id) const;
  std::vector<catalog::Transaction> all() const;  // ordered by id

  // No more answers: everybody who waits, and everybody who comes, is told
  // COORDINATOR_NOT_AVAILABLE. Markers that are not written yet are written after the next start.
  void stop();

 private:
  friend class Permit;
  using Partitions = std::vector<catalog::TransactionPartition>;

  struct Entry {
    explicit Entry(Transaction t) : transaction(std::move(t)) {}
    Transaction transaction;
    std::size_t permits = 0;
    std::optional<catalog::Transaction> prepared;  // waits for the permits, or is on its way
    bool deciding = false;                         // `prepared` is on its way
    bool delayed = false;                          // a marker could not be written at first
    Timers::TimePoint deadline = Timers::TimePoint::max();  // of what is under way
    std::vector<EndReply> replies;                          // to who ended it
    ProducerIdentity goes_on;                               // what they are told
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  struct MarkerRound;
  // What is to be done once the lock is released.
  using Later = std::vector<std::move_only_function<void()>>;

  // With the lock.
  Entry* find_entry(std::string_view id);
  void begin_end(Entry& entry, catalog::Transaction prepared, Later& later);
  void decide_end(Entry& entry, Later& later);
  void answer_end(Entry& entry, KafkaError error, Later& later);
  void set_deadline(Entry& entry) const;
  void store(Entry& entry, Transaction::Changing how, catalog::Transaction next, Done done,
             Later& later);
  template <class Part>
  std::expected<Permit, KafkaError> give_permit(const std::string& id,
                                                const ProducerIdentity& producer, const Part& part,
                                                TransactionProtocol protocol);
  template <class Add>
  void add_durably(const std::string& id, const ProducerIdentity& producer, Add add, Done done);

  // Without it.
  void init_with(const std::string& id, std::optional<ProducerIdentity> was,
                 std::chrono::milliseconds timeout, std::optional<ProducerId> fresh,
                 InitReply reply);
  void end_with(const std::string& id, const ProducerIdentity& producer, bool commit,
                TransactionProtocol protocol, std::optional<ProducerId> fresh, EndReply reply);
  // Takes a producer id, and goes on.
  void with_fresh_id(InitReply reply, std::move_only_function<void(ProducerId, InitReply)> go_on);
  void release(const std::string& id);
  void on_prepared(const std::string& id, const Status& stored);
  void write_markers(const std::string& id);
  bool write_marker(const catalog::Transaction& transaction,
                    const catalog::TransactionPartition& part,
                    const std::shared_ptr<MarkerRound>& round);
  void on_marked(const std::string& id, const Partitions& missing);
  void complete(const std::string& id);
  void mark_again_later(const std::string& id);
  void fence(const std::string& id);
  void take_over_open_transactions();
  void sweep();
  void arm_sweep();
  static void run(Later later);

  Decisions& decisions_;
  CommittedOffsets& offsets_;
  ProducerIds& ids_;
  Topics& topics_;
  Timers& timers_;
  io::Clock& clock_;
  mutable std::mutex mutex_;
  Entries entries_;
  bool stopped_ = false;
  Worker worker_;
};

}  // namespace daybook::broker

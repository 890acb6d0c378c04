// The catalog: what a data folder holds besides records. One SQLite file with the cluster's id, the
// topics, their configurations and the node's, the committed offsets of consumer groups, the
// transactions, and the producer ids given out. docs/formats/catalog.md describes the tables.
//
// Durable: every method that changes something has it on disk when it returns success (WAL,
// synchronous=FULL). decide() makes many changes durable with one fsync.
//
// Errors: kNotFound and kAlreadyExists as each method says; kNoSpace if the disk is full; kCorrupt
// if the file is not a sound catalog; kUnavailable if another program holds it locked (retry);
// kUnsupported if a newer Daybook made it; kIo. Each message names the file. After an error nothing
// of that call is stored.
//
// Threads: one at a time. Calls block on the disk: never from a network thread.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/uuid.h"
#include "catalog/records.h"

namespace daybook::catalog {

class Database;
class Catalog;

inline constexpr std::int64_t kMaxCatalogBytes = std::int64_t{64} << 30;

// A change, or several that belong together, made through the Catalog that it is given.
using Decision = std::function<Status(Catalog&)>;

class Catalog {
 public:
  // Opens the file at `path`, makes it if it is missing (its folder must exist), and brings an
  // older one up to date. It never grows beyond `max_bytes`: what would is kNoSpace.
  static Result<std::unique_ptr<Catalog>> open(const std::string& path,
                                               std::int64_t max_bytes = kMaxCatalogBytes);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Runs the decisions in one transaction and makes it durable. Each one succeeds or fails alone,
  // and a failed one leaves nothing behind; if the transaction itself fails, all of them have its
  // error. The i-th status is the i-th decision's. Must not be called from a decision.
  std::vector<Status> decide(std::span<const Decision> decisions);

  // Made with the file; the same for ever.
  const Uuid& cluster_id() const { return cluster_id_; }

  // Ordered by name, those being deleted included.
  Result<std::vector<Topic>> topics();
  // kAlreadyExists if the name is taken, also by a topic that is being deleted.
  Status create_topic(const Topic& topic);
  // From here on the topic is gone for clients, and a restart goes on deleting it. Forgets its
  // committed offsets. kNotFound.
  Status mark_topic_deleting(const Uuid& id);
  // After its files are gone: frees the name. kNotFound.
  Status forget_topic(const Uuid& id);

  // Replaces all that was set for the topic. kNotFound.
  Status set_topic_config(const Uuid& id, const std::map<std::string, std::string>& config);
  // From here on the topic has so many partitions. kNotFound.
  Status set_topic_partitions(const Uuid& id, std::int32_t partitions);

  // What was set for the node at run time.
  Result<BrokerConfigs> broker_configs();
  // Replaces all that was set in that scope.
  Status set_broker_config(const std::string& scope,
                           const std::map<std::string, std::string>& config);

  // What was set for consumer groups, those that do not exist (yet) included.
  Result<GroupConfigs> group_configs();
  // Replaces all that was set for the group.
  Status set_group_config(const std::string& group,
                          const std::map<std::string, std::string>& config);

  Result<std::vector<CommittedOffset>> committed_offsets();
  // Replaces what the group had committed for that partition. kNotFound if there is no such topic,
  // or if it is being deleted: a topic made again must not inherit offsets.
  Status commit_offset(const CommittedOffset& commit);
  // Forgets it, unless it was committed after `latest`. What is not there is no error.
  Status forget_offset(const std::string& group, const std::string& topic, PartitionId partition,
                       TimestampMs latest);

  Result<std::vector<Group>> groups();
  // Replaces what was known of the group: its row, and its members, of any protocol.
  Status save_group(const Group& group);
  // The same of its row, and of those members only that have changed (Group::consumers and
  // Group::streams are empty).
  Status save_group(const Group& group, const ConsumerChanges& changes);
  // Forgets the group; its committed offsets stay.
  Status forget_group(const std::string& id);
  // Forgets the group and all that it has committed.
  Status delete_group(const std::string& id);

  // Every transactional id with what is known of its newest transaction, ordered by id.
  Result<std::vector<Transaction>> transactions();
  // Replaces what was known of this transactional id.
  Status put_transaction(const Transaction& transaction);
  Status forget_transactional_id(std::string_view id);
  // Offsets that wait for the end of their transaction.
  Result<std::vector<PendingOffset>> pending_offsets();
  // Errors as commit_offset()'s.
  Status add_pending_offset(const PendingOffset& pending);
  // Commits the pending offsets of the transactional id, or forgets them.
  Status end_pending_offsets(std::string_view transactional_id, bool commit);

  // The first of `count` ids that were never given out before and never will be again.
  Result<ProducerId> reserve_producer_ids(std::int64_t count);

 private:
  explicit Catalog(std::unique_ptr<Database> database);
  // Runs `change` in a transaction of its own unless one is open.
  Status together(const Decision& change);

  std::unique_ptr<Database> database_;
  Uuid cluster_id_;
};

}  // namespace daybook::catalog

// The catalog's tables of transactions.

#include <array>
#include <map>

#include "base/check.h"
#include "catalog/catalog.h"
#include "catalog/database.h"
#include "catalog/offset_row.h"

namespace daybook::catalog {
namespace {

constexpr std::array<std::string_view, kTransactionStates> kStateNames = {
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort",
};

Result<TransactionState> state_of(const std::string& name, const Database& database) {
  for (std::size_t i = 0; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == name) return static_cast<TransactionState>(i);
  }
  return database.damage("no transaction has the state '" + name + "'");
}

Result<Transaction> read_transaction(const Statement& row, const Database& database) {
  Transaction transaction;
  transaction.id = row.text(0);
  transaction.producer = ProducerId{row.integer(1)};
  transaction.epoch = ProducerEpoch{static_cast<std::int16_t>(row.integer(2))};
  transaction.last_epoch = ProducerEpoch{static_cast<std::int16_t>(row.integer(3))};
  transaction.previous_producer = ProducerId{row.integer(4)};
  transaction.next_producer = ProducerId{row.integer(5)};
  transaction.timeout = std::chrono::milliseconds(row.integer(6));
  DAYBOOK_TRY(transaction.state, state_of(row.text(7), database));
  transaction.version = static_cast<std::int16_t>(row.integer(8));
  transaction.started = TimestampMs{row.integer(9)};
  transaction.updated = TimestampMs{row.integer(10)};
  return transaction;
}

using ById = std::map<std::string, Transaction, std::less<>>;

// Whose part the row is, by its first column.
Result<Transaction*> find_transaction(ById& transactions, const Statement& part,
                                      const Database& database) {
  const auto found = transactions.find(part.text(0));
  if (found == transactions.end()) {
    return database.damage("something belongs to transactional id '" + part.text(0) +
                           "', which is not there");
  }
  return &found->second;
}

Status read_parts(Database& database, ById& transactions) {
  DAYBOOK_TRY(Statement partitions, database.prepare("SELECT transactional_id, topic_id, partition "
                                                     "FROM transaction_partition"));
  for (;;) {
    DAYBOOK_TRY(const bool row, partitions.step());
    if (!row) break;
    DAYBOOK_TRY(Transaction* const whose, find_transaction(transactions, partitions, database));
    DAYBOOK_TRY(const Uuid topic, partitions.id(1));
    whose->partitions.insert(
        {topic, PartitionId{static_cast<std::int32_t>(partitions.integer(2))}});
  }
  DAYBOOK_TRY(Statement groups,
              database.prepare("SELECT transactional_id, group_id FROM transaction_group"));
  for (;;) {
    DAYBOOK_TRY(const bool row, groups.step());
    if (!row) return {};
    DAYBOOK_TRY(Transaction* const whose, find_transaction(transactions, groups, database));
    whose->groups.insert(groups.text(1));
  }
}

}  // namespace

std::string_view to_string(TransactionState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

Result<std::vector<Transaction>> Catalog::transactions() {
  DAYBOOK_TRY(Statement select,
              database_->prepare("SELECT id, producer_id, epoch, last_epoch, previous_producer_id, "
                                 "next_producer_id, timeout_ms, state, version, started_ms, "
                                 "updated_ms FROM transactional_id ORDER BY id"));
  ById by_id;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) break;
    DAYBOOK_TRY(Transaction transaction, read_transaction(select, *database_));
    by_id.emplace(transaction.id, std::move(transaction));
  }
  DAYBOOK_TRY_VOID(read_parts(*database_, by_id));
  std::vector<Transaction> transactions;
  for (auto& [id, transaction] : by_id) transactions.push_back(std::move(transaction));
  return transactions;
}

Status Catalog::put_transaction(const Transaction& transaction) {
  if (!database_->in_transaction()) {
    return together([&](Catalog& self) { return self.put_transaction(transaction); });
  }
  // Its partitions and groups go with the row that is replaced.
  DAYBOOK_TRY_VOID(forget_transactional_id(transaction.id));
  DAYBOOK_TRY(Statement insert, database_->prepare("INSERT INTO transactional_id VALUES "
                                                   "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  DAYBOOK_TRY_VOID(insert.bind(transaction.id)
                       .bind(transaction.producer.value)
                       .bind(transaction.epoch.value)
                       .bind(transaction.last_epoch.value)
                       .bind(transaction.previous_producer.value)
                       .bind(transaction.next_producer.value)
                       .bind(transaction.timeout.count())
                       .bind(to_string(transaction.state))
                       .bind(transaction.version)
                       .bind(transaction.started.value)
                       .bind(transaction.updated.value)
                       .run());
  for (const TransactionPartition& part : transaction.partitions) {
    DAYBOOK_TRY(Statement add,
                database_->prepare("INSERT INTO transaction_partition VALUES (?, ?, ?)"));
    DAYBOOK_TRY_VOID(add.bind(transaction.id)
                         .bind(BytesView(part.topic.bytes))
                         .bind(part.partition.value)
                         .run());
  }
  for (const std::string& group : transaction.groups) {
    DAYBOOK_TRY(Statement add, database_->prepare("INSERT INTO transaction_group VALUES (?, ?)"));
    DAYBOOK_TRY_VOID(add.bind(transaction.id).bind(group).run());
  }
  return {};
}

Status Catalog::forget_transactional_id(std::string_view id) {
  DAYBOOK_TRY(Statement remove, database_->prepare("DELETE FROM transactional_id WHERE id = ?"));
  return remove.bind(id).run();
}

Result<std::vector<PendingOffset>> Catalog::pending_offsets() {
  DAYBOOK_TRY(Statement select,
              database_->prepare("SELECT group_id, topic, partition, offset, leader_epoch, "
                                 "metadata, committed_ms, transactional_id FROM pending_offset "
                                 "ORDER BY transactional_id, group_id, topic, partition"));
  std::vector<PendingOffset> pending;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return pending;
    pending.push_back({select.text(7), read_offset(select)});
  }
}

Status Catalog::add_pending_offset(const PendingOffset& pending) {
  const CommittedOffset& commit = pending.offset;
  DAYBOOK_TRY(Statement insert, database_->prepare("INSERT OR REPLACE INTO pending_offset "
                                                   "SELECT ?, ?, name, ?, ?, ?, ?, ? FROM topic "
                                                   "WHERE name = ? AND deleting = 0"));
  DAYBOOK_TRY_VOID(insert.bind(pending.transactional_id)
                       .bind(commit.group)
                       .bind(commit.partition.value)
                       .bind(commit.offset.value)
                       .bind(commit.leader_epoch.value)
                       .bind(commit.metadata)
                       .bind(commit.committed_at.value)
                       .bind(commit.topic)
                       .run());
  if (database_->rows_changed() > 0) return {};
  return fail(ErrorCode::kNotFound, "no topic is named '" + commit.topic + "'");
}

Status Catalog::end_pending_offsets(std::string_view transactional_id, bool commit) {
  if (!database_->in_transaction()) {
    return together(
        [&](Catalog& self) { return self.end_pending_offsets(transactional_id, commit); });
  }
  if (commit) {
    DAYBOOK_TRY(Statement move,
                database_->prepare("INSERT OR REPLACE INTO committed_offset (group_id, topic, "
                                   "partition, offset, leader_epoch, metadata, committed_ms) "
                                   "SELECT group_id, topic, partition, offset, leader_epoch, "
                                   "metadata, committed_ms FROM pending_offset "
                                   "WHERE transactional_id = ?"));
    DAYBOOK_TRY_VOID(move.bind(transactional_id).run());
  }
  DAYBOOK_TRY(Statement forget,
              database_->prepare("DELETE FROM pending_offset WHERE transactional_id = ?"));
  return forget.bind(transactional_id).run();
}

}  // namespace daybook::catalog

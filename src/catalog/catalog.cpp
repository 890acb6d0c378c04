#include "catalog/catalog.h"

#include <utility>

#include "base/check.h"
#include "catalog/database.h"
#include "catalog/offset_row.h"
#include "catalog/schema.h"

namespace daybook::catalog {
namespace {

Result<Uuid> read_cluster_id(Database& database) {
  DAYBOOK_TRY(Statement select, database.prepare("SELECT id FROM cluster"));
  DAYBOOK_TRY(const bool row, select.step());
  if (!row) return database.damage("there is no cluster id");
  return select.id(0);
}

Status read_configs(Database& database, Topic& topic) {
  DAYBOOK_TRY(Statement select,
              database.prepare("SELECT name, value FROM topic_config WHERE topic_id = ?"));
  select.bind(BytesView(topic.id.bytes));
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    topic.config.emplace(select.text(0), select.text(1));
  }
}

}  // namespace

Catalog::Catalog(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Catalog::~Catalog() = default;

Result<std::unique_ptr<Catalog>> Catalog::open(const std::string& path, std::int64_t max_bytes) {
  DAYBOOK_TRY(auto database, Database::open(path));
  DAYBOOK_TRY_VOID(migrate(*database));
  DAYBOOK_TRY(const auto page_bytes, database->query_integer("PRAGMA page_size"));
  const std::string bound = "PRAGMA max_page_count = " + std::to_string(max_bytes / page_bytes);
  DAYBOOK_TRY_VOID(database->execute(bound.c_str()));
  DAYBOOK_TRY(const Uuid id, read_cluster_id(*database));
  std::unique_ptr<Catalog> catalog(new Catalog(std::move(database)));
  catalog->cluster_id_ = id;
  return catalog;
}

std::vector<Status> Catalog::decide(std::span<const Decision> decisions) {
  DAYBOOK_CHECK(!database_->in_transaction(), "decide() called from a decision");
  std::vector<Status> results;
  results.reserve(decisions.size());
  Status whole = database_->execute("BEGIN IMMEDIATE");
  for (std::size_t i = 0; whole && i < decisions.size(); ++i) {
    whole = database_->execute("SAVEPOINT decision");
    if (!whole) break;
    results.push_back(decisions[i](*this));
    // A full disk or a failing read may have ended the whole transaction.
    if (!database_->in_transaction()) {
      whole = results.back() ? fail(ErrorCode::kIo, "lost a transaction in " + database_->path())
                             : results.back();
      break;
    }
    whole = database_->execute(results.back() ? "RELEASE decision"
                                              : "ROLLBACK TO decision; RELEASE decision");
  }
  if (whole) whole = database_->execute("COMMIT");
  if (whole) return results;
  if (database_->in_transaction()) {
    [[maybe_unused]] const Status undone = database_->execute("ROLLBACK");
  }
  results.resize(decisions.size(), whole);
  for (Status& result : results) {
    if (result) result = whole;
  }
  return results;
}

Status Catalog::together(const Decision& change) {
  if (database_->in_transaction()) return change(*this);
  return decide(std::span(&change, 1)).front();
}

Result<std::vector<Topic>> Catalog::topics() {
  DAYBOOK_TRY(Statement select,
              database_->prepare(
                  "SELECT id, name, partitions, created_ms, deleting FROM topic ORDER BY name"));
  std::vector<Topic> topics;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return topics;
    Topic topic;
    DAYBOOK_TRY(topic.id, select.id(0));
    topic.name = select.text(1);
    topic.partitions = static_cast<std::int32_t>(select.integer(2));
    if (topic.partitions != select.integer(2) || topic.partitions < 1) {
      return database_->damage("topic '" + topic.name + "' has " + select.text(2) + " partitions");
    }
    topic.created = TimestampMs{select.integer(3)};
    topic.deleting = select.integer(4) != 0;
    DAYBOOK_TRY_VOID(read_configs(*database_, topic));
    topics.push_back(std::move(topic));
  }
}

Status Catalog::create_topic(const Topic& topic) {
  // Outside of decide(), the topic and its configurations must still appear together.
  if (!database_->in_transaction()) {
    return together([&](Catalog& self) { return self.create_topic(topic); });
  }
  DAYBOOK_TRY(Statement insert,
              database_->prepare("INSERT INTO topic (id, name, partitions, created_ms, deleting) "
                                 "VALUES (?, ?, ?, ?, ?)"));
  const Status inserted = insert.bind(BytesView(topic.id.bytes))
                              .bind(topic.name)
                              .bind(topic.partitions)
                              .bind(topic.created.value)
                              .bind(topic.deleting ? 1 : 0)
                              .run();
  if (!inserted && database_->failed_as_duplicate()) {
    return fail(ErrorCode::kAlreadyExists, "topic '" + topic.name + "' exists already");
  }
  DAYBOOK_TRY_VOID(inserted);
  for (const auto& [name, value] : topic.config) {
    DAYBOOK_TRY(Statement config, database_->prepare("INSERT INTO topic_config VALUES (?, ?, ?)"));
    DAYBOOK_TRY_VOID(config.bind(BytesView(topic.id.bytes)).bind(name).bind(value).run());
  }
  return {};
}

Status Catalog::mark_topic_deleting(const Uuid& id) {
  if (!database_->in_transaction()) {
    return together([&](Catalog& self) { return self.mark_topic_deleting(id); });
  }
  DAYBOOK_TRY(Statement mark, database_->prepare("UPDATE topic SET deleting = 1 WHERE id = ?"));
  DAYBOOK_TRY_VOID(mark.bind(BytesView(id.bytes)).run());
  if (database_->rows_changed() == 0) {
    return fail(ErrorCode::kNotFound, "no topic has the id " + to_string(id));
  }
  for (const char* const forget :
       {"DELETE FROM committed_offset WHERE topic = (SELECT name FROM topic WHERE id = ?)",
        "DELETE FROM pending_offset WHERE topic = (SELECT name FROM topic WHERE id = ?)",
        "DELETE FROM transaction_partition WHERE topic_id = ?"}) {
    DAYBOOK_TRY(Statement statement, database_->prepare(forget));
    DAYBOOK_TRY_VOID(statement.bind(BytesView(id.bytes)).run());
  }
  return {};
}

Status Catalog::forget_topic(const Uuid& id) {
  DAYBOOK_TRY(Statement remove, database_->prepare("DELETE FROM topic WHERE id = ?"));
  DAYBOOK_TRY_VOID(remove.bind(BytesView(id.bytes)).run());
  if (database_->rows_changed() == 0) {
    return fail(ErrorCode::kNotFound, "no topic has the id " + to_string(id));
  }
  return {};
}

Result<std::vector<CommittedOffset>> Catalog::committed_offsets() {
  DAYBOOK_TRY(Statement select,
              database_->prepare("SELECT group_id, topic, partition, offset, leader_epoch, "
                                 "metadata, committed_ms FROM committed_offset "
                                 "ORDER BY group_id, topic, partition"));
  std::vector<CommittedOffset> commits;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return commits;
    commits.push_back(read_offset(select));
  }
}

Status Catalog::commit_offset(const CommittedOffset& commit) {
  DAYBOOK_TRY(Statement insert, database_->prepare("INSERT OR REPLACE INTO committed_offset "
                                                   "SELECT ?, name, ?, ?, ?, ?, ? FROM topic "
                                                   "WHERE name = ? AND deleting = 0"));
  DAYBOOK_TRY_VOID(insert.bind(commit.group)
                       .bind(commit.partition.value)
                       .bind(commit.offset.value)
                       .bind(commit.leader_epoch.value)
                       .bind(commit.metadata)
                       .bind(commit.committed_at.value)
                       .bind(commit.topic)
                       .run());
  if (database_->rows_changed() == 0) {
    return fail(ErrorCode::kNotFound, "no topic is named '" + commit.topic + "'");
  }
  return {};
}

Result<ProducerId> Catalog::reserve_producer_ids(std::int64_t count) {
  DAYBOOK_CHECK(count > 0, "a block of producer ids has at least one");
  DAYBOOK_TRY(Statement raise, database_->prepare("UPDATE producer_id_block SET next_id = "
                                                  "next_id + ? RETURNING next_id"));
  DAYBOOK_TRY(const bool row, raise.bind(count).step());
  if (!row) return database_->damage("there is no block of producer ids");
  const ProducerId first{raise.integer(0) - count};
  DAYBOOK_TRY_VOID(raise.run());
  return first;
}

}  // namespace daybook::catalog

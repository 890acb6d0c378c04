// Configurations, of topics, the node and groups, and what else of a topic changes while it lives.

#include "catalog/catalog.h"
#include "catalog/database.h"

namespace daybook::catalog {
namespace {

using Configs = std::map<std::string, std::map<std::string, std::string>>;

// A table of whose they are, names and values.
Result<Configs> read_all(Database& database, const char* select_all) {
  DAYBOOK_TRY(Statement select, database.prepare(select_all));
  Configs configs;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return configs;
    configs[select.text(0)].emplace(select.text(1), select.text(2));
  }
}

Status replace(Database& database, const char* delete_all, const char* insert_one,
               const std::string& owner, const std::map<std::string, std::string>& config) {
  DAYBOOK_TRY(Statement forget, database.prepare(delete_all));
  DAYBOOK_TRY_VOID(forget.bind(owner).run());
  for (const auto& [name, value] : config) {
    DAYBOOK_TRY(Statement insert, database.prepare(insert_one));
    DAYBOOK_TRY_VOID(insert.bind(owner).bind(name).bind(value).run());
  }
  return {};
}

}  // namespace

Status Catalog::set_topic_config(const Uuid& id, const std::map<std::string, std::string>& config) {
  if (!database_->in_transaction()) {
    const Decision alone = [&](Catalog& self) { return self.set_topic_config(id, config); };
    return decide(std::span(&alone, 1)).front();
  }
  DAYBOOK_TRY(Statement find, database_->prepare("SELECT 1 FROM topic WHERE id = ?"));
  DAYBOOK_TRY(const bool known, find.bind(BytesView(id.bytes)).step());
  if (!known) return fail(ErrorCode::kNotFound, "no topic has the id " + to_string(id));
  DAYBOOK_TRY(Statement forget, database_->prepare("DELETE FROM topic_config WHERE topic_id = ?"));
  DAYBOOK_TRY_VOID(forget.bind(BytesView(id.bytes)).run());
  for (const auto& [name, value] : config) {
    DAYBOOK_TRY(Statement insert, database_->prepare("INSERT INTO topic_config VALUES (?, ?, ?)"));
    DAYBOOK_TRY_VOID(insert.bind(BytesView(id.bytes)).bind(name).bind(value).run());
  }
  return {};
}

Status Catalog::set_topic_partitions(const Uuid& id, std::int32_t partitions) {
  DAYBOOK_TRY(Statement update, database_->prepare("UPDATE topic SET partitions = ? WHERE id = ?"));
  DAYBOOK_TRY_VOID(update.bind(partitions).bind(BytesView(id.bytes)).run());
  if (database_->rows_changed() == 0) {
    return fail(ErrorCode::kNotFound, "no topic has the id " + to_string(id));
  }
  return {};
}

Result<BrokerConfigs> Catalog::broker_configs() {
  return read_all(*database_, "SELECT scope, name, value FROM broker_config");
}

Status Catalog::set_broker_config(const std::string& scope,
                                  const std::map<std::string, std::string>& config) {
  return together([&](Catalog& self) {
    return replace(*self.database_, "DELETE FROM broker_config WHERE scope = ?",
                   "INSERT INTO broker_config VALUES (?, ?, ?)", scope, config);
  });
}

Result<GroupConfigs> Catalog::group_configs() {
  return read_all(*database_, "SELECT group_id, name, value FROM group_config");
}

Status Catalog::set_group_config(const std::string& group,
                                 const std::map<std::string, std::string>& config) {
  return together([&](Catalog& self) {
    return replace(*self.database_, "DELETE FROM group_config WHERE group_id = ?",
                   "INSERT INTO group_config VALUES (?, ?, ?)", group, config);
  });
}

}  // namespace daybook::catalog

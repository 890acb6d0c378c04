// Configurations, of topics and of the node, and what else of a topic changes while it lives.

#include "catalog/catalog.h"
#include "catalog/database.h"

namespace daybook::catalog {

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
  DAYBOOK_TRY(Statement select, database_->prepare("SELECT scope, name, value FROM broker_config"));
  BrokerConfigs configs;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return configs;
    configs[select.text(0)].emplace(select.text(1), select.text(2));
  }
}

Status Catalog::set_broker_config(const std::string& scope,
                                  const std::map<std::string, std::string>& config) {
  if (!database_->in_transaction()) {
    const Decision alone = [&](Catalog& self) { return self.set_broker_config(scope, config); };
    return decide(std::span(&alone, 1)).front();
  }
  DAYBOOK_TRY(Statement forget, database_->prepare("DELETE FROM broker_config WHERE scope = ?"));
  DAYBOOK_TRY_VOID(forget.bind(scope).run());
  for (const auto& [name, value] : config) {
    DAYBOOK_TRY(Statement insert, database_->prepare("INSERT INTO broker_config VALUES (?, ?, ?)"));
    DAYBOOK_TRY_VOID(insert.bind(scope).bind(name).bind(value).run());
  }
  return {};
}

}  // namespace daybook::catalog

// The catalog's part about consumer groups and what they have committed.

#include "catalog/catalog.h"
#include "catalog/database.h"

namespace daybook::catalog {

Status Catalog::forget_offset(const std::string& group, const std::string& topic,
                              PartitionId partition, TimestampMs latest) {
  DAYBOOK_TRY(Statement remove,
              database_->prepare("DELETE FROM committed_offset WHERE group_id = ? AND topic = ? "
                                 "AND partition = ? AND committed_ms <= ?"));
  return remove.bind(group).bind(topic).bind(partition.value).bind(latest.value).run();
}

Result<std::vector<Group>> Catalog::groups() {
  DAYBOOK_TRY(Statement select,
              database_->prepare("SELECT group_id, protocol, protocol_type, epoch, emptied_ms "
                                 "FROM consumer_group ORDER BY group_id"));
  std::vector<Group> groups;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return groups;
    Group group;
    group.id = select.text(0);
    group.of_consumer_protocol = select.text(1) == "consumer";
    group.protocol_type = select.text(2);
    group.epoch = static_cast<std::int32_t>(select.integer(3));
    group.emptied_at = TimestampMs{select.integer(4)};
    groups.push_back(std::move(group));
  }
}

Status Catalog::save_group(const Group& group) {
  DAYBOOK_TRY(Statement insert,
              database_->prepare("INSERT OR REPLACE INTO consumer_group VALUES (?, ?, ?, ?, ?)"));
  return insert.bind(group.id)
      .bind(std::string_view(group.of_consumer_protocol ? "consumer" : "classic"))
      .bind(group.protocol_type)
      .bind(group.epoch)
      .bind(group.emptied_at.value)
      .run();
}

Status Catalog::forget_group(const std::string& id) {
  DAYBOOK_TRY(Statement remove,
              database_->prepare("DELETE FROM consumer_group WHERE group_id = ?"));
  return remove.bind(id).run();
}

Status Catalog::delete_group(const std::string& id) {
  if (!database_->in_transaction()) {
    const Decision alone = [&](Catalog& self) { return self.delete_group(id); };
    return decide(std::span(&alone, 1)).front();
  }
  DAYBOOK_TRY_VOID(forget_group(id));
  DAYBOOK_TRY(Statement offsets,
              database_->prepare("DELETE FROM committed_offset WHERE group_id = ?"));
  return offsets.bind(id).run();
}

}  // namespace daybook::catalog

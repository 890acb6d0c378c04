// The catalog's part about consumer groups and what they have committed.

#include "catalog/catalog.h"
#include "catalog/consumer_rows.h"
#include "catalog/database.h"
#include "catalog/streams_rows.h"

namespace daybook::catalog {
namespace {

// Both tables ascend by group and member, as `groups` does by group.
Status read_members(Database& database, std::vector<Group>& groups) {
  DAYBOOK_TRY(Statement select,
              database.prepare("SELECT group_id, member_id, instance_id, client_id, client_host, "
                               "session_timeout_ms, rebalance_timeout_ms, assignment "
                               "FROM group_member ORDER BY group_id, member_id"));
  DAYBOOK_TRY(Statement protocols,
              database.prepare("SELECT group_id, member_id, name, metadata "
                               "FROM group_member_protocol ORDER BY group_id, member_id, place"));
  DAYBOOK_TRY(bool has_protocol, protocols.step());
  for (auto group = groups.begin();;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    DAYBOOK_TRY(group, group_of(select, group, groups, database));
    const std::string& id = group->id;
    GroupMember& member = group->members.emplace_back();
    member.id = select.text(1);
    member.instance_id = select.optional_text(2);
    member.client_id = select.text(3);
    member.client_host = select.text(4);
    member.session_timeout = std::chrono::milliseconds(select.integer(5));
    member.rebalance_timeout = std::chrono::milliseconds(select.integer(6));
    member.assignment = select.blob(7);
    while (has_protocol && protocols.text(0) == id && protocols.text(1) == member.id) {
      member.protocols.push_back({protocols.text(2), protocols.blob(3)});
      DAYBOOK_TRY(has_protocol, protocols.step());
    }
  }
}

Status insert_member(Database& database, const std::string& group, const GroupMember& member) {
  DAYBOOK_TRY(Statement insert,
              database.prepare("INSERT INTO group_member VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  DAYBOOK_TRY_VOID(insert.bind(group)
                       .bind(member.id)
                       .bind_optional(member.instance_id)
                       .bind(member.client_id)
                       .bind(member.client_host)
                       .bind(member.session_timeout.count())
                       .bind(member.rebalance_timeout.count())
                       .bind(BytesView(member.assignment))
                       .run());
  return insert_protocols(database, "group_member_protocol", group, member.id, member.protocols);
}

Status save_members(Database& database, const Group& group) {
  DAYBOOK_TRY(Statement remove, database.prepare("DELETE FROM group_member WHERE group_id = ?"));
  DAYBOOK_TRY_VOID(remove.bind(group.id).run());
  for (const GroupMember& member : group.members) {
    DAYBOOK_TRY_VOID(insert_member(database, group.id, member));
  }
  return {};
}

}  // namespace

Status Catalog::forget_offset(const std::string& group, const std::string& topic,
                              PartitionId partition, TimestampMs latest) {
  DAYBOOK_TRY(Statement remove,
              database_->prepare("DELETE FROM committed_offset WHERE group_id = ? AND topic = ? "
                                 "AND partition = ? AND committed_ms <= ?"));
  return remove.bind(group).bind(topic).bind(partition.value).bind(latest.value).run();
}

Result<std::vector<Group>> Catalog::groups() {
  DAYBOOK_TRY(Statement select,
              database_->prepare("SELECT group_id, protocol, protocol_type, epoch, emptied_ms, "
                                 "protocol_name, leader, assigned, target_epoch "
                                 "FROM consumer_group ORDER BY group_id"));
  std::vector<Group> groups;
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) break;
    Group group;
    group.id = select.text(0);
    group.of_consumer_protocol = select.text(1) == "consumer";
    group.protocol_type = select.text(2);
    group.epoch = static_cast<std::int32_t>(select.integer(3));
    group.emptied_at = TimestampMs{select.integer(4)};
    group.protocol_name = select.text(5);
    group.leader = select.text(6);
    group.assigned = select.integer(7) != 0;
    group.target_epoch = static_cast<std::int32_t>(select.integer(8));
    groups.push_back(std::move(group));
  }
  DAYBOOK_TRY_VOID(read_members(*database_, groups));
  DAYBOOK_TRY_VOID(read_consumers(*database_, groups));
  DAYBOOK_TRY_VOID(read_streams(*database_, groups));
  return groups;
}

Status Catalog::save_group(const Group& group) {
  return save_group(group,
                    {.all = true, .changed = group.consumers, .changed_streams = group.streams});
}

Status Catalog::save_group(const Group& group, const ConsumerChanges& changes) {
  if (!database_->in_transaction()) {
    return together([&](Catalog& self) { return self.save_group(group, changes); });
  }
  DAYBOOK_TRY(
      Statement insert,
      database_->prepare("INSERT INTO consumer_group (group_id, protocol, protocol_type, "
                         "epoch, emptied_ms, protocol_name, leader, assigned, target_epoch) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                         "ON CONFLICT DO UPDATE SET protocol = excluded.protocol, "
                         "protocol_type = excluded.protocol_type, epoch = excluded.epoch, "
                         "emptied_ms = excluded.emptied_ms, "
                         "protocol_name = excluded.protocol_name, leader = excluded.leader, "
                         "assigned = excluded.assigned, "
                         "target_epoch = excluded.target_epoch"));
  DAYBOOK_TRY_VOID(insert.bind(group.id)
                       .bind(std::string_view(group.of_consumer_protocol ? "consumer" : "classic"))
                       .bind(group.protocol_type)
                       .bind(group.epoch)
                       .bind(group.emptied_at.value)
                       .bind(group.protocol_name)
                       .bind(group.leader)
                       .bind(group.assigned ? 1 : 0)
                       .bind(group.target_epoch)
                       .run());
  DAYBOOK_TRY_VOID(save_members(*database_, group));
  DAYBOOK_TRY_VOID(save_consumers(*database_, group.id, changes));
  return save_streams(*database_, group, changes);
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

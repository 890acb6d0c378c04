#include "catalog/consumer_rows.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "catalog/database.h"

namespace daybook::catalog {
namespace {

struct Part {
  std::string_view name;
  PartitionSets ConsumerMember::* sets;
};
constexpr std::array kParts = {Part{"assigned", &ConsumerMember::assigned},
                               Part{"revoking", &ConsumerMember::revoking},
                               Part{"target", &ConsumerMember::target}};

constexpr std::int64_t kNone = -1;  // as the session timeout of whoever speaks no classic protocol

using ByKey = std::map<std::pair<std::string, std::string>, ConsumerMember*>;

Status read_names(Database& database, const ByKey& by_key) {
  DAYBOOK_TRY(Statement select,
              database.prepare("SELECT group_id, member_id, topic FROM consumer_member_topic"));
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    const auto member = by_key.find({select.text(0), select.text(1)});
    if (member != by_key.end()) member->second->topic_names.insert(select.text(2));
  }
}

Status read_partitions(Database& database, const ByKey& by_key) {
  DAYBOOK_TRY(Statement select,
              database.prepare("SELECT group_id, member_id, part, topic_id, partition "
                               "FROM consumer_member_partition"));
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    const auto member = by_key.find({select.text(0), select.text(1)});
    if (member == by_key.end()) continue;
    DAYBOOK_TRY(const Uuid topic, select.id(3));
    const std::string name = select.text(2);
    for (const Part& part : kParts) {
      if (part.name != name) continue;
      (member->second->*part.sets)[topic].insert(static_cast<std::int32_t>(select.integer(4)));
    }
  }
}

// Of members that speak the classic protocol.
Status read_protocols(Database& database, const ByKey& by_key) {
  DAYBOOK_TRY(Statement select, database.prepare("SELECT group_id, member_id, name, metadata "
                                                 "FROM consumer_member_protocol "
                                                 "ORDER BY group_id, member_id, place"));
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    const auto member = by_key.find({select.text(0), select.text(1)});
    if (member == by_key.end() || !member->second->classic) continue;
    member->second->classic->protocols.push_back({select.text(2), select.blob(3)});
  }
}

Status insert_parts(Database& database, const std::string& group, const ConsumerMember& member) {
  for (const std::string& topic : member.topic_names) {
    DAYBOOK_TRY(Statement insert,
                database.prepare("INSERT INTO consumer_member_topic VALUES (?, ?, ?)"));
    DAYBOOK_TRY_VOID(insert.bind(group).bind(member.id).bind(topic).run());
  }
  for (const Part& part : kParts) {
    for (const auto& [topic, partitions] : member.*part.sets) {
      for (const std::int32_t partition : partitions) {
        DAYBOOK_TRY(
            Statement insert,
            database.prepare("INSERT INTO consumer_member_partition VALUES (?, ?, ?, ?, ?)"));
        DAYBOOK_TRY_VOID(insert.bind(group)
                             .bind(member.id)
                             .bind(part.name)
                             .bind(BytesView(topic.bytes))
                             .bind(partition)
                             .run());
      }
    }
  }
  return {};
}

Status insert_consumer(Database& database, const std::string& group, const ConsumerMember& member) {
  DAYBOOK_TRY(Statement insert,
              database.prepare("INSERT INTO consumer_member VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                               "?, ?)"));
  DAYBOOK_TRY_VOID(insert.bind(group)
                       .bind(member.id)
                       .bind_optional(member.instance_id)
                       .bind_optional(member.rack_id)
                       .bind(member.client_id)
                       .bind(member.client_host)
                       .bind(member.rebalance_timeout.count())
                       .bind(member.topic_regex)
                       .bind_optional(member.assignor)
                       .bind(member.epoch)
                       .bind(member.previous_epoch)
                       .bind(member.classic ? member.classic->session_timeout.count() : kNone)
                       .run());
  if (member.classic) {
    DAYBOOK_TRY_VOID(insert_protocols(database, "consumer_member_protocol", group, member.id,
                                      member.classic->protocols));
  }
  return insert_parts(database, group, member);
}

// With its topics and partitions.
Status remove_consumer(Database& database, const std::string& group, const std::string& member) {
  DAYBOOK_TRY(Statement remove,
              database.prepare("DELETE FROM consumer_member WHERE group_id = ? AND member_id = ?"));
  return remove.bind(group).bind(member).run();
}

}  // namespace

Result<std::vector<Group>::iterator> group_of(const Statement& row,
                                              std::vector<Group>::iterator from,
                                              std::vector<Group>& groups,
                                              const Database& database) {
  const std::string id = row.text(0);
  from = std::find_if(from, groups.end(), [&](const Group& group) { return group.id == id; });
  if (from == groups.end()) {
    return database.damage("a member is in group '" + id + "', which is not there");
  }
  return from;
}

Status insert_protocols(Database& database, std::string_view table, const std::string& group,
                        const std::string& member,
                        const std::vector<GroupMember::Protocol>& protocols) {
  const std::string sql = "INSERT INTO " + std::string(table) + " VALUES (?, ?, ?, ?, ?)";
  std::int64_t place = 0;
  for (const GroupMember::Protocol& protocol : protocols) {
    DAYBOOK_TRY(Statement insert, database.prepare(sql));
    DAYBOOK_TRY_VOID(insert.bind(group)
                         .bind(member)
                         .bind(place++)
                         .bind(protocol.name)
                         .bind(BytesView(protocol.metadata))
                         .run());
  }
  return {};
}

Status read_consumers(Database& database, std::vector<Group>& groups) {
  DAYBOOK_TRY(Statement select,
              database.prepare("SELECT group_id, member_id, instance_id, rack_id, client_id, "
                               "client_host, rebalance_timeout_ms, topic_regex, assignor, epoch, "
                               "previous_epoch, session_timeout_ms FROM consumer_member "
                               "ORDER BY group_id, member_id"));
  for (auto group = groups.begin();;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) break;
    DAYBOOK_TRY(group, group_of(select, group, groups, database));
    ConsumerMember& member = group->consumers.emplace_back();
    member.id = select.text(1);
    member.instance_id = select.optional_text(2);
    member.rack_id = select.optional_text(3);
    member.client_id = select.text(4);
    member.client_host = select.text(5);
    member.rebalance_timeout = std::chrono::milliseconds(select.integer(6));
    member.topic_regex = select.text(7);
    member.assignor = select.optional_text(8);
    member.epoch = static_cast<std::int32_t>(select.integer(9));
    member.previous_epoch = static_cast<std::int32_t>(select.integer(10));
    if (const auto session_ms = select.integer(11); session_ms != kNone) {
      member.classic.emplace().session_timeout = std::chrono::milliseconds(session_ms);
    }
  }
  ByKey by_key;
  for (Group& group : groups) {
    for (ConsumerMember& member : group.consumers) by_key[{group.id, member.id}] = &member;
  }
  DAYBOOK_TRY_VOID(read_names(database, by_key));
  DAYBOOK_TRY_VOID(read_protocols(database, by_key));
  return read_partitions(database, by_key);
}

Status save_consumers(Database& database, const std::string& group,
                      const ConsumerChanges& changes) {
  if (changes.all) {
    DAYBOOK_TRY(Statement remove,
                database.prepare("DELETE FROM consumer_member WHERE group_id = ?"));
    DAYBOOK_TRY_VOID(remove.bind(group).run());
  }
  for (const std::string& id : changes.gone) {
    DAYBOOK_TRY_VOID(remove_consumer(database, group, id));
  }
  for (const ConsumerMember& member : changes.changed) {
    DAYBOOK_TRY_VOID(remove_consumer(database, group, member.id));
    DAYBOOK_TRY_VOID(insert_consumer(database, group, member));
  }
  return {};
}

}  // namespace daybook::catalog

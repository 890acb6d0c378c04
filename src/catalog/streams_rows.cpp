#include "catalog/streams_rows.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "catalog/consumer_rows.h"
#include "catalog/database.h"

namespace daybook::catalog {
namespace {

struct StreamsPart {
  std::string_view name;
  Tasks StreamsMember::* tasks;
};
constexpr std::array kStreamsParts = {StreamsPart{"assigned", &StreamsMember::assigned},
                                      StreamsPart{"revoking", &StreamsMember::revoking},
                                      StreamsPart{"target", &StreamsMember::target}};
struct TaskKind {
  std::string_view name;
  TaskSets Tasks::* sets;
};
constexpr std::array kTaskKinds = {TaskKind{"active", &Tasks::active},
                                   TaskKind{"standby", &Tasks::standby}};

using StreamsByKey = std::map<std::pair<std::string, std::string>, StreamsMember*>;

Status read_topologies(Database& database, std::vector<Group>& groups) {
  DAYBOOK_TRY(Statement select, database.prepare("SELECT group_id, topology FROM streams_group "
                                                 "ORDER BY group_id"));
  for (auto group = groups.begin();;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    DAYBOOK_TRY(group, group_of(select, group, groups, database));
    group->topology = select.blob(1);
  }
}

Status read_streams_members(Database& database, std::vector<Group>& groups) {
  DAYBOOK_TRY(Statement select,
              database.prepare("SELECT group_id, member_id, rack_id, client_id, client_host, "
                               "rebalance_timeout_ms, topology_epoch, process_id, endpoint_host, "
                               "endpoint_port, epoch, previous_epoch FROM streams_member "
                               "ORDER BY group_id, member_id"));
  for (auto group = groups.begin();;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    DAYBOOK_TRY(group, group_of(select, group, groups, database));
    StreamsMember& member = group->streams.emplace_back();
    member.id = select.text(1);
    member.rack_id = select.optional_text(2);
    member.client_id = select.text(3);
    member.client_host = select.text(4);
    member.rebalance_timeout = std::chrono::milliseconds(select.integer(5));
    member.topology_epoch = static_cast<std::int32_t>(select.integer(6));
    member.process_id = select.text(7);
    if (auto host = select.optional_text(8)) {
      member.endpoint = {.host = *std::move(host),
                         .port = static_cast<std::uint16_t>(select.integer(9))};
    }
    member.epoch = static_cast<std::int32_t>(select.integer(10));
    member.previous_epoch = static_cast<std::int32_t>(select.integer(11));
  }
}

Status read_tags(Database& database, const StreamsByKey& by_key) {
  DAYBOOK_TRY(Statement select, database.prepare("SELECT group_id, member_id, name, value "
                                                 "FROM streams_member_tag"));
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    const auto member = by_key.find({select.text(0), select.text(1)});
    if (member != by_key.end()) member->second->tags[select.text(2)] = select.text(3);
  }
}

Status read_tasks(Database& database, const StreamsByKey& by_key) {
  DAYBOOK_TRY(Statement select,
              database.prepare("SELECT group_id, member_id, part, kind, subtopology, partition "
                               "FROM streams_member_task"));
  for (;;) {
    DAYBOOK_TRY(const bool row, select.step());
    if (!row) return {};
    const auto member = by_key.find({select.text(0), select.text(1)});
    if (member == by_key.end()) continue;
    const std::string part_name = select.text(2);
    const std::string kind_name = select.text(3);
    for (const StreamsPart& part : kStreamsParts) {
      if (part.name != part_name) continue;
      for (const TaskKind& kind : kTaskKinds) {
        if (kind.name != kind_name) continue;
        (member->second->*part.tasks.*kind.sets)[select.text(4)].insert(
            static_cast<std::int32_t>(select.integer(5)));
      }
    }
  }
}

Status insert_tasks(Database& database, const std::string& group, const StreamsMember& member,
                    const StreamsPart& part, const TaskKind& kind) {
  for (const auto& [subtopology, partitions] : member.*part.tasks.*kind.sets) {
    for (const std::int32_t partition : partitions) {
      DAYBOOK_TRY(Statement insert,
                  database.prepare("INSERT INTO streams_member_task VALUES (?, ?, ?, ?, ?, ?)"));
      DAYBOOK_TRY_VOID(insert.bind(group)
                           .bind(member.id)
                           .bind(part.name)
                           .bind(kind.name)
                           .bind(subtopology)
                           .bind(partition)
                           .run());
    }
  }
  return {};
}

Status insert_streams_member(Database& database, const std::string& group,
                             const StreamsMember& member) {
  DAYBOOK_TRY(Statement insert,
              database.prepare("INSERT INTO streams_member VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                               "?, ?)"));
  std::optional<std::string> host;
  if (member.endpoint) host = member.endpoint->host;
  DAYBOOK_TRY_VOID(insert.bind(group)
                       .bind(member.id)
                       .bind_optional(member.rack_id)
                       .bind(member.client_id)
                       .bind(member.client_host)
                       .bind(member.rebalance_timeout.count())
                       .bind(member.topology_epoch)
                       .bind(member.process_id)
                       .bind_optional(host)
                       .bind(member.endpoint ? std::int64_t{member.endpoint->port} : 0)
                       .bind(member.epoch)
                       .bind(member.previous_epoch)
                       .run());
  for (const auto& [name, value] : member.tags) {
    DAYBOOK_TRY(Statement tag,
                database.prepare("INSERT INTO streams_member_tag VALUES (?, ?, ?, ?)"));
    DAYBOOK_TRY_VOID(tag.bind(group).bind(member.id).bind(name).bind(value).run());
  }
  for (const StreamsPart& part : kStreamsParts) {
    for (const TaskKind& kind : kTaskKinds) {
      DAYBOOK_TRY_VOID(insert_tasks(database, group, member, part, kind));
    }
  }
  return {};
}

Status remove_streams_member(Database& database, const std::string& group,
                             const std::string& member) {
  DAYBOOK_TRY(Statement remove,
              database.prepare("DELETE FROM streams_member WHERE group_id = ? AND member_id = ?"));
  return remove.bind(group).bind(member).run();
}

Status save_topology(Database& database, const Group& group) {
  if (!group.topology) {
    DAYBOOK_TRY(Statement remove, database.prepare("DELETE FROM streams_group WHERE group_id = ?"));
    return remove.bind(group.id).run();
  }
  DAYBOOK_TRY(Statement insert,
              database.prepare("INSERT INTO streams_group VALUES (?, ?) "
                               "ON CONFLICT DO UPDATE SET topology = excluded.topology "
                               "WHERE topology <> excluded.topology"));
  return insert.bind(group.id).bind(BytesView(*group.topology)).run();
}

}  // namespace

Status read_streams(Database& database, std::vector<Group>& groups) {
  DAYBOOK_TRY_VOID(read_topologies(database, groups));
  DAYBOOK_TRY_VOID(read_streams_members(database, groups));
  StreamsByKey by_key;
  for (Group& group : groups) {
    for (StreamsMember& member : group.streams) by_key[{group.id, member.id}] = &member;
  }
  DAYBOOK_TRY_VOID(read_tags(database, by_key));
  return read_tasks(database, by_key);
}

Status save_streams(Database& database, const Group& group, const ConsumerChanges& changes) {
  DAYBOOK_TRY_VOID(save_topology(database, group));
  if (changes.all) {
    DAYBOOK_TRY(Statement remove,
                database.prepare("DELETE FROM streams_member WHERE group_id = ?"));
    DAYBOOK_TRY_VOID(remove.bind(group.id).run());
  }
  for (const std::string& id : changes.gone) {
    DAYBOOK_TRY_VOID(remove_streams_member(database, group.id, id));
  }
  for (const StreamsMember& member : changes.changed_streams) {
    DAYBOOK_TRY_VOID(remove_streams_member(database, group.id, member.id));
    DAYBOOK_TRY_VOID(insert_streams_member(database, group.id, member));
  }
  return {};
}

}  // namespace daybook::catalog

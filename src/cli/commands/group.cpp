// daybook group list, describe, reset and delete.

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ranges>
#include <set>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/log_connection.h"
#include "cli/output.h"
#include "cli/start_point.h"
#include "io/clock.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;
using client::TopicPartition;

struct Arguments {
  std::string bootstrap = kDefaultBootstrap;
  bool json = false;
  std::string name;
  std::vector<std::string> names;
  std::string to;
  std::vector<std::string> topics;
  std::optional<std::int32_t> partition;
  bool execute = false;
};

struct Connections {
  std::unique_ptr<client::LogClient> log;
  std::unique_ptr<client::GroupAdmin> groups;
};

void print(const Json& json) {
  write_line(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Status list_groups(Connections& to, const Arguments& arguments) {
  DAYBOOK_TRY(const auto groups, to.groups->list());
  if (arguments.json) {
    Json array = Json::array();
    for (const auto& group : groups) array.push_back({{"group", group.id}, {"state", group.state}});
    print(array);
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& group : groups) rows.push_back({group.id, group.state});
  write(table({{.title = "GROUP"}, {.title = "STATE"}}, rows));
  return {};
}

// What a group has of one partition.
struct Progress {
  std::optional<Offset> committed;
  std::optional<Offset> end;  // absent: the partition is gone
  const client::GroupMember* member = nullptr;

  std::optional<std::int64_t> lag() const {
    if (!committed || !end) return std::nullopt;
    return std::max<std::int64_t>(0, *end - *committed);
  }
};
using ProgressByPartition = std::map<TopicPartition, Progress>;

// Of those that are still there.
Result<client::OffsetRanges> ranges_of(client::LogClient& log,
                                       const std::vector<TopicPartition>& partitions) {
  auto all = log.offsets_of(partitions);
  if (all || all.error().code != ErrorCode::kNotFound) return all;
  client::OffsetRanges ranges;
  for (const auto& partition : partitions) {
    const auto range = log.offsets(partition);
    if (range) {
      ranges[partition] = *range;
    } else if (range.error().code != ErrorCode::kNotFound) {
      return std::unexpected(range.error());
    }
  }
  return ranges;
}

Result<ProgressByPartition> progress_of(Connections& to, const client::GroupDescription& group) {
  ProgressByPartition progress;
  DAYBOOK_TRY(const auto committed, to.groups->committed(group.id));
  for (const auto& [partition, offset] : committed) progress[partition].committed = offset;
  if (group.members) {
    for (const auto& member : *group.members) {
      for (const auto& partition : member.assignment) progress[partition].member = &member;
    }
  }
  const auto partitions = std::views::keys(progress);
  DAYBOOK_TRY(const auto ranges, ranges_of(*to.log, {partitions.begin(), partitions.end()}));
  for (const auto& [partition, range] : ranges) progress[partition].end = range.end;
  return progress;
}

Json json_of(const std::optional<Offset>& offset) {
  return offset ? Json(offset->value) : Json(nullptr);
}

void print_as_json(const client::GroupDescription& group, const ProgressByPartition& progress) {
  Json partitions = Json::array();
  for (const auto& [partition, each] : progress) {
    Json line = {{"topic", partition.topic},
                 {"partition", partition.partition.value},
                 {"committed", json_of(each.committed)},
                 {"end", json_of(each.end)},
                 {"lag", nullptr},
                 {"member", nullptr}};
    if (each.lag()) line["lag"] = *each.lag();
    if (each.member != nullptr) line["member"] = each.member->id;
    partitions.push_back(std::move(line));
  }
  Json members = nullptr;
  if (group.members) {
    members = Json::array();
    for (const auto& member : *group.members) {
      members.push_back({{"member", member.id},
                         {"instance", member.instance_id},
                         {"client", member.client_id},
                         {"host", member.host},
                         {"partitions", member.assignment.size()}});
    }
  }
  print({{"group", group.id},
         {"state", group.state},
         {"assignor", group.assignor},
         {"members", std::move(members)},
         {"partitions", std::move(partitions)}});
}

std::string headline(const client::GroupDescription& group, const ProgressByPartition& progress) {
  std::string line = bold(group.id) + ": " + group.state;
  if (!group.assignor.empty()) line += ", " + group.assignor;
  line += group.members ? ", " + counted(static_cast<std::int64_t>(group.members->size()), "member")
                        : ", members are told to clients of the consumer protocol only";
  std::int64_t lag = 0;
  for (const auto& [partition, each] : progress) lag += each.lag().value_or(0);
  return line + ", lag " + std::to_string(lag);
}

std::string cell(const std::optional<Offset>& offset) {
  return offset ? std::to_string(offset->value) : "-";
}

void print_as_tables(const client::GroupDescription& group, const ProgressByPartition& progress) {
  write_line(headline(group, progress));
  std::vector<std::vector<std::string>> rows;
  for (const auto& [partition, each] : progress) {
    const auto lag = each.lag();
    const auto* member = each.member;
    rows.push_back(
        {partition.topic, std::to_string(partition.partition.value), cell(each.committed),
         cell(each.end), lag ? std::to_string(*lag) : "-", member == nullptr ? "-" : member->id,
         member == nullptr ? "-" : member->client_id, member == nullptr ? "-" : member->host});
  }
  write("\n" + table({{.title = "TOPIC"},
                      {.title = "PARTITION", .align = Align::kRight},
                      {.title = "CURRENT", .align = Align::kRight},
                      {.title = "END", .align = Align::kRight},
                      {.title = "LAG", .align = Align::kRight},
                      {.title = "MEMBER"},
                      {.title = "CLIENT"},
                      {.title = "HOST"}},
                     rows));
  if (!group.members) return;
  std::vector<std::vector<std::string>> idle;
  for (const auto& member : *group.members) {
    if (member.assignment.empty()) idle.push_back({member.id, member.client_id, member.host});
  }
  if (idle.empty()) return;
  write("\n" + table({{.title = "IDLE MEMBER"}, {.title = "CLIENT"}, {.title = "HOST"}}, idle));
}

Status describe_group(Connections& to, const Arguments& arguments) {
  DAYBOOK_TRY(const auto group, to.groups->describe(arguments.name));
  DAYBOOK_TRY(const auto progress, progress_of(to, group));
  if (arguments.json) {
    print_as_json(group, progress);
  } else {
    print_as_tables(group, progress);
  }
  return {};
}

Result<StartPoint> parse_target(const std::string& text) {
  if (text == "earliest") return FromBeginning{};
  if (text == "latest") return FromEnd{};
  return parse_start_point(text, io::real_clock().wall());
}

// All partitions that are to be reset: of the topics named, or those that the group knows.
Result<std::vector<TopicPartition>> chosen(Connections& to, const Arguments& arguments,
                                           const client::Position& committed) {
  std::set<std::string> topics(arguments.topics.begin(), arguments.topics.end());
  std::vector<TopicPartition> partitions;
  if (topics.empty()) {
    for (const auto& [partition, offset] : committed) partitions.push_back(partition);
    if (!partitions.empty()) return partitions;
    return fail(ErrorCode::kInvalid, "group '" + arguments.name +
                                         "' has committed nothing yet: say with --topic what it "
                                         "is to read");
  }
  for (const std::string& name : topics) {
    DAYBOOK_TRY(const auto topic, to.log->describe_topic(name));
    for (std::int32_t i = 0; i < topic.partitions; ++i) {
      if (!arguments.partition || *arguments.partition == i) {
        partitions.push_back({name, PartitionId{i}});
      }
    }
    if (partitions.empty()) {
      return fail(ErrorCode::kInvalid, name + " has " + counted(topic.partitions, "partition") +
                                           ", counted from 0: there is no partition " +
                                           std::to_string(*arguments.partition));
    }
  }
  return partitions;
}

Result<Offset> target_offset(client::LogClient& log, const TopicPartition& partition,
                             const client::OffsetRange& range, const StartPoint& target) {
  if (std::holds_alternative<FromBeginning>(target)) return range.begin;
  if (std::holds_alternative<FromEnd>(target)) return range.end;
  // An offset that is not there would be where the group begins anew, by its own setting.
  if (const auto* offset = std::get_if<Offset>(&target)) {
    return std::clamp(*offset, range.begin, range.end);
  }
  return log.offset_at(partition, std::get<TimestampMs>(target));
}

void print_reset(const Arguments& arguments, const client::Position& before,
                 const client::Position& after) {
  Json partitions = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [partition, offset] : after) {
    const auto old = before.find(partition);
    std::optional<Offset> from;
    if (old != before.end()) from = old->second;
    partitions.push_back({{"topic", partition.topic},
                          {"partition", partition.partition.value},
                          {"from", json_of(from)},
                          {"to", offset.value}});
    rows.push_back({partition.topic, std::to_string(partition.partition.value), cell(from),
                    std::to_string(offset.value)});
  }
  if (arguments.json) {
    print({{"group", arguments.name},
           {"executed", arguments.execute},
           {"partitions", std::move(partitions)}});
    return;
  }
  write(table({{.title = "TOPIC"},
               {.title = "PARTITION", .align = Align::kRight},
               {.title = "CURRENT", .align = Align::kRight},
               {.title = "NEW", .align = Align::kRight}},
              rows));
  write_line(arguments.execute ? "\nthe offsets of " + arguments.name + " are set"
                               : "\nnothing was changed: add --execute to do it");
}

Status reset_group(Connections& to, const Arguments& arguments) {
  DAYBOOK_TRY(const StartPoint target, parse_target(arguments.to));
  const auto group = to.groups->describe(arguments.name);
  if (!group && group.error().code != ErrorCode::kNotFound) return std::unexpected(group.error());
  if (group && group->state != "Empty") {
    return fail(ErrorCode::kInvalid, "group '" + arguments.name + "' is " + group->state +
                                         ": stop its members first, or they would commit over "
                                         "what is set");
  }
  DAYBOOK_TRY(const auto before, to.groups->committed(arguments.name));
  DAYBOOK_TRY(const auto partitions, chosen(to, arguments, before));
  client::Position after;
  DAYBOOK_TRY(const auto ranges, to.log->offsets_of({partitions.begin(), partitions.end()}));
  for (const auto& [partition, range] : ranges) {
    DAYBOOK_TRY(after[partition], target_offset(*to.log, partition, range, target));
  }
  if (arguments.execute) DAYBOOK_TRY_VOID(to.groups->commit(arguments.name, after));
  print_reset(arguments, before, after);
  return {};
}

Status delete_groups(Connections& to, const Arguments& arguments) {
  for (const std::string& name : arguments.names) {
    DAYBOOK_TRY_VOID(to.groups->remove(name));
    if (arguments.json) {
      print({{"deleted", name}});
    } else {
      write_line("deleted " + name);
    }
  }
  return {};
}

using Operation = Status (*)(Connections&, const Arguments&);

Status connect_and_do(const Arguments& arguments, Operation operation) {
  Connections to;
  DAYBOOK_TRY(to.log, connect_log(arguments.bootstrap));
  DAYBOOK_TRY(to.groups, connect_groups(arguments.bootstrap));
  return operation(to, arguments);
}

int with_groups(const Arguments& arguments, Operation operation) {
  const Status done = connect_and_do(arguments, operation);
  return done ? kDone : print_failure(done.error());
}

Command add(Command group, std::shared_ptr<Arguments> arguments, const char* name,
            const char* about, const char* examples, Operation operation) {
  Command command = group.add_command(name, about);
  command.footer(examples);
  add_bootstrap(command, arguments->bootstrap);
  command.add_flag("--json", arguments->json, "print JSON");
  command.does([arguments, operation] { return with_groups(*arguments, operation); });
  return command;
}

std::string check_target(const std::string& text) {
  const auto parsed = parse_target(text);
  return parsed ? "" : parsed.error().message;
}

void add_reset(Command group, const std::shared_ptr<Arguments>& arguments) {
  Command reset =
      add(group, arguments, "reset", "set where an empty group goes on reading",
          "Examples:\n"
          "  daybook group reset billing --to earliest              shows what would be set\n"
          "  daybook group reset billing --to earliest --execute    sets it\n"
          "  daybook group reset billing --to -2h --topic orders --execute\n"
          "  daybook group reset billing --to 4711 --topic orders --partition 3 --execute",
          reset_group);
  reset.add_option("GROUP", arguments->name, "the group; a new one begins to exist").required();
  reset
      .add_option("--to", arguments->to,
                  "earliest, latest, an offset, a time (UTC) or how long ago")
      .required()
      .check(check_target);
  const Option topic =
      reset
          .add_option("--topic", arguments->topics,
                      "only this topic; may be repeated; otherwise all that the group has offsets "
                      "of")
          .repeatable();
  reset.add_option("-p,--partition", arguments->partition, "only this partition of the topic")
      .not_negative()
      .needs(topic);
  reset.add_flag("--execute", arguments->execute, "do it; otherwise it is only shown");
}

}  // namespace

void add_group_commands(Command app) {
  Command group = app.add_group("group", "list, describe, reset and delete consumer groups");
  group.footer(
      "Examples:\n"
      "  daybook group list\n"
      "  daybook group describe billing\n"
      "  daybook group reset billing --to earliest --execute");
  auto arguments = std::make_shared<Arguments>();
  add(group, arguments, "list", "list the groups", "Example:\n  daybook group list --json",
      list_groups);
  add(group, arguments, "describe", "show how far a group has read, and who reads what in it",
      "Example:\n  daybook group describe billing", describe_group)
      .add_option("GROUP", arguments->name, "the group")
      .required();
  add_reset(group, arguments);
  add(group, arguments, "delete", "delete empty groups and all that they have committed",
      "Example:\n  daybook group delete billing audit", delete_groups)
      .add_option("GROUP", arguments->names, "the groups")
      .required();
}

}  // namespace daybook::cli

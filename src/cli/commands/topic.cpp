// daybook topic list, create, describe, configure and delete.

#include <memory>
#include <nlohmann/json.hpp>

#include "app/names.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/log_connection.h"
#include "cli/output.h"
#include "cli/setting.h"
#include "client/schema.h"
#include "sql/column_type.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int32_t kMaxPartitions = 10'000;

struct Arguments {
  std::string bootstrap = kDefaultBootstrap;
  bool json = false;
  std::string name;
  std::vector<std::string> names;
  std::int32_t partitions = 1;
  std::int32_t new_partitions = 0;  // 0: as they are
  std::vector<std::string> config;
  std::vector<std::string> defaults;
};

void print(const Json& json) {
  write_line(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Status list_topics(client::LogClient& log, const Arguments& arguments) {
  DAYBOOK_TRY(const auto topics, log.list_topics());
  if (arguments.json) {
    Json array = Json::array();
    for (const auto& topic : topics) {
      array.push_back({{"name", topic.name}, {"partitions", topic.partitions}});
    }
    print(array);
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& topic : topics) rows.push_back({topic.name, std::to_string(topic.partitions)});
  write(table({{.title = "TOPIC"}, {.title = "PARTITIONS", .align = Align::kRight}}, rows));
  return {};
}

Status create_topic(client::LogClient& log, const Arguments& arguments) {
  const client::TopicSpec spec{.name = arguments.name,
                               .partitions = arguments.partitions,
                               .config = settings_of(arguments.config)};
  DAYBOOK_TRY_VOID(log.create_topic(spec));
  if (arguments.json) {
    print({{"name", spec.name}, {"partitions", spec.partitions}});
  } else {
    write_line("created " + spec.name + " with " + counted(spec.partitions, "partition"));
  }
  return {};
}

Status configure_topic(client::LogClient& log, const Arguments& arguments) {
  client::TopicChange change{.set = settings_of(arguments.config), .unset = arguments.defaults};
  if (arguments.new_partitions > 0) change.partitions = arguments.new_partitions;
  DAYBOOK_TRY_VOID(log.configure_topic(arguments.name, change));
  if (arguments.json) {
    DAYBOOK_TRY(const auto info, log.describe_topic(arguments.name));
    DAYBOOK_TRY(const auto config, log.topic_config(arguments.name));
    print({{"name", arguments.name}, {"partitions", info.partitions}, {"config", config}});
  } else {
    write_line("configured " + arguments.name);
  }
  return {};
}

Status delete_topics(client::LogClient& log, const Arguments& arguments) {
  for (const std::string& name : arguments.names) {
    DAYBOOK_TRY_VOID(log.delete_topic(name));
    if (arguments.json) {
      print({{"deleted", name}});
    } else {
      write_line("deleted " + name);
    }
  }
  return {};
}

struct Description {
  client::TopicInfo info;
  client::OffsetRanges partitions;
  std::map<std::string, std::string> config;
  std::optional<client::Schema> schema;
};

Result<Description> describe(client::LogClient& log, const std::string& name) {
  Description found;
  DAYBOOK_TRY(found.info, log.describe_topic(name));
  DAYBOOK_TRY(found.partitions, log.offsets_of(partitions_of(found.info)));
  DAYBOOK_TRY(found.config, log.topic_config(name));
  DAYBOOK_TRY(found.schema, client::find_schema(log, name));
  if (!found.schema) return found;
  for (auto& column : found.schema->columns) {
    const auto type = sql::parse_type(column.type);
    if (type) column.type = sql::to_text(*type);  // as views and answers name it
  }
  return found;
}

void print_as_json(const Description& found) {
  Json partitions = Json::array();
  for (const auto& [partition, range] : found.partitions) {
    partitions.push_back({{"partition", partition.partition.value},
                          {"begin", range.begin.value},
                          {"end", range.end.value}});
  }
  Json json = {{"name", found.info.name},
               {"partitions", std::move(partitions)},
               {"config", found.config},
               {"columns", nullptr}};
  if (found.schema) {
    json["inferred"] = found.schema->is_inferred;
    json["columns"] = Json::array();
    for (const auto& column : found.schema->columns) {
      json["columns"].push_back(
          {{"name", column.name}, {"type", column.type}, {"key", column.is_key}});
    }
  }
  print(json);
}

void print_as_tables(const Description& found) {
  std::vector<std::vector<std::string>> partitions;
  std::int64_t events = 0;
  for (const auto& [partition, range] : found.partitions) {
    events += range.end - range.begin;
    partitions.push_back({std::to_string(partition.partition.value),
                          std::to_string(range.begin.value), std::to_string(range.end.value)});
  }
  write_line(bold(found.info.name) + ": " + counted(found.info.partitions, "partition") +
             ", at most " + counted(events, "event"));
  write("\n" + table({{.title = "PARTITION", .align = Align::kRight},
                      {.title = "BEGIN", .align = Align::kRight},
                      {.title = "END", .align = Align::kRight}},
                     partitions));
  std::vector<std::vector<std::string>> config;
  for (const auto& [name, value] : found.config) config.push_back({name, value});
  write("\n" + table({{.title = "CONFIG"}, {.title = "VALUE"}}, config));
  if (!found.schema) return;
  std::vector<std::vector<std::string>> columns;
  for (const auto& column : found.schema->columns) {
    columns.push_back({column.name, column.type, column.is_key ? "key" : ""});
  }
  write("\n" + table({{.title = "COLUMN"}, {.title = "TYPE"}, {.title = "KEY"}}, columns));
  if (found.schema->is_inferred) {
    write_line("\nThe columns are inferred from the topic's first events.");
  }
}

Status describe_topic(client::LogClient& log, const Arguments& arguments) {
  DAYBOOK_TRY(const Description found, describe(log, arguments.name));
  if (arguments.json) {
    print_as_json(found);
  } else {
    print_as_tables(found);
  }
  return {};
}

using Operation = Status (*)(client::LogClient&, const Arguments&);

// Making or deleting thousands of partitions takes a while; Kafka's own tools wait as long.
constexpr std::chrono::milliseconds kRequestTimeout{60'000};

int with_log(const Arguments& arguments, Operation operation, const Interrupt& interrupt) {
  const EndsAtOnce ends_at_once(interrupt);
  auto log = connect_log(arguments.bootstrap, kRequestTimeout);
  if (!log) return print_failure(log.error());
  const Status done = operation(**log, arguments);
  return done ? kDone : print_failure(done.error());
}

Command add(Command group, Interrupt& interrupt, std::shared_ptr<Arguments> arguments,
            const char* name, const char* about, const char* examples, Operation operation) {
  Command command = group.add_command(name, about);
  command.footer(examples);
  add_bootstrap(command, arguments->bootstrap);
  command.add_flag("--json", arguments->json, "print JSON");
  command.does(
      [&interrupt, arguments, operation] { return with_log(*arguments, operation, interrupt); });
  return command;
}

std::string check_topic(const std::string& name) {
  const auto wrong = app::topic_name_fault(name);
  return wrong ? "topic \"" + name + "\" " + *wrong : "";
}

void add_configure(Command group, Interrupt& interrupt,
                   const std::shared_ptr<Arguments>& arguments) {
  Command configure =
      add(group, interrupt, arguments, "configure",
          "change a topic's settings, or add partitions to it",
          "Examples:\n"
          "  daybook topic configure orders --config retention.ms=604800000 --config "
          "cleanup.policy=compact\n"
          "  daybook topic configure orders --default retention.ms\n"
          "  daybook topic configure orders --partitions 16",
          configure_topic);
  configure.add_option("NAME", arguments->name, "the topic").required();
  const Command changes = configure.at_least_one_of("changes");
  changes.add_option("--config", arguments->config, "a setting, by Kafka's name; may be repeated")
      .type_name("NAME=VALUE")
      .repeatable()
      .check(setting_fault);
  changes
      .add_option("--default", arguments->defaults,
                  "a setting that goes back to its default; may be repeated")
      .type_name("NAME")
      .repeatable();
  changes
      .add_option("--partitions", arguments->new_partitions,
                  "the new number of partitions, more than there are; keys go to other partitions "
                  "from then on")
      .in_range(1, kMaxPartitions);
}

}  // namespace

void add_topic_commands(Command app, Interrupt& interrupt) {
  Command group = app.add_group("topic", "list, create, describe, configure and delete topics");
  group.footer(
      "Examples:\n"
      "  daybook topic create web.click --partitions 4 --config retention.ms=86400000\n"
      "  daybook topic list\n"
      "  daybook topic describe web.click\n"
      "  daybook topic configure web.click --config retention.ms=604800000");
  auto arguments = std::make_shared<Arguments>();

  add(group, interrupt, arguments, "list", "list the topics",
      "Example:\n  daybook topic list --json", list_topics);

  Command create = add(group, interrupt, arguments, "create", "create a topic",
                       "Examples:\n"
                       "  daybook topic create orders\n"
                       "  daybook topic create orders --partitions 8 --config "
                       "retention.ms=604800000",
                       create_topic);
  create.add_option("NAME", arguments->name, "the topic").required().check(check_topic);
  create.add_option("--partitions", arguments->partitions, "number of partitions")
      .in_range(1, kMaxPartitions)
      .show_default();
  create.add_option("--config", arguments->config, "a setting, by Kafka's name; may be repeated")
      .type_name("NAME=VALUE")
      .repeatable()
      .check(setting_fault);

  Command describe = add(group, interrupt, arguments, "describe",
                         "show a topic's partitions, settings and columns",
                         "Example:\n  daybook topic describe orders", describe_topic);
  describe.add_option("NAME", arguments->name, "the topic").required();

  add_configure(group, interrupt, arguments);

  Command remove =
      add(group, interrupt, arguments, "delete", "delete topics and all of their events, for good",
          "Example:\n  daybook topic delete orders payments", delete_topics);
  remove.add_option("NAME", arguments->names, "the topics").required();
}

}  // namespace daybook::cli

// daybook serve, up and run.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "app/names.h"
#include "base/report.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/service.h"
#include "cli/setting.h"
#include "io/file_system.h"

namespace daybook::cli {
namespace {

constexpr int kMaxIoThreads = 256;
constexpr std::int64_t kMaxCheckMs = 86'400'000;
constexpr const char* kDefaultHttp = "127.0.0.1:8080";

// What the three commands take from the command line.
struct Arguments {
  std::string app_path;
  std::string folder;
  std::string kafka = "127.0.0.1:9092";
  std::string advertised;
  std::string http = "none";
  std::string durability = "fsync";
  std::string log_level = "info";
  std::string bootstrap;
  int io_threads = 0;
  std::vector<std::string> config;
  std::int64_t retention_check_ms = 300'000;
  std::string group_delay = "100ms";
  std::string offsets_retention = "forever";
  std::string group_migration{to_string(broker::MigrationPolicy::kBidirectional)};
  std::int64_t compaction_check_ms = 15'000;
};

std::string check_listen(const std::string& text) {
  if (text == "none") return "";
  const auto wrong = app::address_fault(text, true);
  return wrong ? "\"" + text + "\" " + *wrong : "";
}

std::string check_delay(const std::string& text) {
  const auto time_ms = parse_duration_ms(text);
  return time_ms && *time_ms >= 0 ? "" : "\"" + text + "\" is no duration, such as 100ms or 3s";
}

std::string check_retention(const std::string& text) {
  const auto time_ms = parse_duration_ms(text);
  return time_ms && *time_ms != 0
             ? ""
             : "\"" + text + "\" is neither a duration, such as 7d, nor forever";
}

// Of a text that has been checked. "forever" is 0.
std::chrono::milliseconds duration(const std::string& text) {
  return std::chrono::milliseconds(std::max<std::int64_t>(0, parse_duration_ms(text).value_or(0)));
}

void add_groups(Command command, Arguments& arguments) {
  command
      .add_option("--group-initial-rebalance-delay", arguments.group_delay,
                  "how long an empty consumer group waits for more members after the first")
      .type_name("DURATION")
      .check(check_delay)
      .show_default();
  command
      .add_option("--offsets-retention", arguments.offsets_retention,
                  "how long the offsets of a consumer group outlive its last member")
      .type_name("DURATION")
      .check(check_retention)
      .show_default();
  command
      .add_option(
          "--group-migration-policy", arguments.group_migration,
          "which changes between the classic and the consumer protocol a group with members "
          "may make: upgrade, downgrade, both or none")
      .one_of({"disabled", "downgrade", "upgrade", "bidirectional"})
      .show_default();
}

void add_http(Command command, Arguments& arguments, const char* by_default) {
  arguments.http = by_default;
  command
      .add_option("--http", arguments.http,
                  "address of the HTTP API; port 0: any free one; none: no HTTP")
      .type_name("HOST:PORT")
      .check(check_listen)
      .show_default();
  command.add_option("--log-level", arguments.log_level, "what is reported on standard error")
      .one_of({"info", "warning", "error"})
      .show_default();
}

void add_kafka(Command command, Arguments& arguments) {
  command.add_option("--kafka", arguments.kafka, "address for Kafka clients; port 0: any free one")
      .type_name("HOST:PORT")
      .check(check_listen)
      .show_default();
  command
      .add_option("--advertise", arguments.advertised,
                  "address that Kafka clients are told to connect to, if it is another one")
      .type_name("HOST:PORT");
  command
      .add_option("--durability", arguments.durability,
                  "fsync: acknowledged means on disk; os: in the page cache")
      .one_of({"fsync", "os"})
      .show_default();
  command
      .add_option("--io-threads", arguments.io_threads,
                  "threads that serve Kafka connections; 0: one per core")
      .in_range(0, kMaxIoThreads)
      .show_default();
  command
      .add_option("--config", arguments.config,
                  "a setting of the log, by Kafka's name, such as "
                  "auto.create.topics.enable=false; may be repeated")
      .type_name("NAME=VALUE")
      .repeatable()
      .check(setting_fault);
  command
      .add_option("--retention-check-ms", arguments.retention_check_ms,
                  "how often it is looked for what topics no longer keep")
      .in_range(1, kMaxCheckMs)
      .show_default();
  command
      .add_option("--compaction-check-ms", arguments.compaction_check_ms,
                  "how often it is looked for partitions to compact")
      .in_range(1, kMaxCheckMs)
      .show_default();
  add_groups(command, arguments);
}

ServiceOptions service_options(const Arguments& arguments) {
  ServiceOptions options;
  options.supervisor.kafka_listen = arguments.kafka;
  options.supervisor.kafka_advertised = arguments.advertised;
  options.supervisor.durability =
      arguments.durability == "os" ? broker::Durability::kOs : broker::Durability::kFsync;
  options.supervisor.io_threads = arguments.io_threads;
  options.supervisor.broker_config = settings_of(arguments.config);
  options.supervisor.retention_check_interval =
      std::chrono::milliseconds(arguments.retention_check_ms);
  options.supervisor.group_initial_rebalance_delay = duration(arguments.group_delay);
  options.supervisor.offsets_retention = duration(arguments.offsets_retention);
  options.supervisor.group_migration = broker::find_migration_policy(arguments.group_migration)
                                           .value_or(broker::MigrationPolicy::kBidirectional);
  options.supervisor.compaction_check_interval =
      std::chrono::milliseconds(arguments.compaction_check_ms);
  options.http_listen = arguments.http == "none" ? "" : arguments.http;
  return options;
}

void apply_log_level(const Arguments& arguments) {
  if (arguments.log_level == "warning") set_least_severity(Severity::kWarning);
  if (arguments.log_level == "error") set_least_severity(Severity::kError);
}

int serve(const Arguments& arguments, Interrupt& interrupt) {
  apply_log_level(arguments);
  app::AppFile nothing_but_the_log;
  nothing_but_the_log.log = app::EmbeddedLog{arguments.folder};
  return run_service(std::move(nothing_but_the_log), service_options(arguments), interrupt);
}

int up(const Arguments& arguments, Interrupt& interrupt) {
  apply_log_level(arguments);
  auto app =
      app::load_app_file(io::real_file_system(), arguments.app_path, app::process_environment());
  if (!app) return print_faults(app.error(), arguments.app_path);
  ServiceOptions options = service_options(arguments);
  auto* embedded = std::get_if<app::EmbeddedLog>(&app->log);
  if (embedded != nullptr && !arguments.folder.empty()) embedded->folder = arguments.folder;
  options.supervisor.state_folder =
      arguments.folder.empty() ? default_state_folder(arguments.app_path) : arguments.folder;
  return run_service(std::move(*app), std::move(options), interrupt);
}

int run_app(const Arguments& arguments, Interrupt& interrupt) {
  apply_log_level(arguments);
  auto app =
      app::load_app_file(io::real_file_system(), arguments.app_path, app::process_environment());
  if (!app) return print_faults(app.error(), arguments.app_path);
  app->log = app::KafkaLog{{arguments.bootstrap}};
  ServiceOptions options = service_options(arguments);
  options.supervisor.state_folder =
      arguments.folder.empty() ? default_state_folder(arguments.app_path) : arguments.folder;
  return run_service(std::move(*app), std::move(options), interrupt);
}

void add_serve(Command app, Interrupt& interrupt) {
  auto arguments = std::make_shared<Arguments>();
  Command command = app.add_command("serve", "run the log: a server for any Kafka client");
  command.footer(
      "Examples:\n"
      "  daybook serve --data ./data\n"
      "  daybook serve --data /var/lib/daybook --kafka 0.0.0.0:9092 --http 127.0.0.1:8080\n"
      "  daybook serve --data /tmp/d --kafka 127.0.0.1:0 --http 127.0.0.1:0\n"
      "\n"
      "Prints a line per address when it can be connected to. Ctrl-C stops it cleanly.");
  command.add_option("--data", arguments->folder, "folder that keeps everything; made if missing")
      .type_name("DIR")
      .required();
  add_kafka(command, *arguments);
  add_http(command, *arguments, "none");
  command.does([&interrupt, arguments] { return serve(*arguments, interrupt); });
}

void add_up(Command app, Interrupt& interrupt) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      app.add_command("up", "run an application: its log, sources, processors and views");
  command.footer(
      "Examples:\n"
      "  daybook up app.yaml\n"
      "  daybook up app.yaml --data /var/lib/bank --kafka 0.0.0.0:9092\n"
      "\n"
      "Started again, it goes on from where it was. Check a file first: daybook validate app.yaml");
  command.add_option("APP", arguments->app_path, "the application file").required();
  command
      .add_option("--data", arguments->folder,
                  "folder of the log and the views, instead of the file's")
      .type_name("DIR");
  add_kafka(command, *arguments);
  add_http(command, *arguments, kDefaultHttp);
  command.does([&interrupt, arguments] { return up(*arguments, interrupt); });
}

void add_run(Command app, Interrupt& interrupt) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      app.add_command("run", "run an application on a log that is elsewhere, such as Kafka");
  command.footer(
      "Example:\n"
      "  daybook run app.yaml --bootstrap broker-1:9092 --state /var/lib/bank");
  command.add_option("APP", arguments->app_path, "the application file").required();
  command.add_option("--bootstrap", arguments->bootstrap, "addresses of the log")
      .type_name("HOST:PORT[,HOST:PORT]...")
      .environment("DAYBOOK_BOOTSTRAP")
      .required();
  command
      .add_option("--state", arguments->folder,
                  "folder of this process's own state: the views, and who it is")
      .type_name("DIR");
  add_http(command, *arguments, kDefaultHttp);
  command.does([&interrupt, arguments] { return run_app(*arguments, interrupt); });
}

}  // namespace

std::string default_state_folder(const std::string& app_path) {
  return (std::filesystem::path(app_path).parent_path() / "data").lexically_normal().string();
}

void add_service_commands(Command app, Interrupt& interrupt) {
  add_serve(app, interrupt);
  add_up(app, interrupt);
  add_run(app, interrupt);
}

}  // namespace daybook::cli

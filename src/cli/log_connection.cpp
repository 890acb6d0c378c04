#include "cli/log_connection.h"

#include "base/report.h"
#include "client/kafka_client.h"

namespace daybook::cli {
namespace {

constexpr std::chrono::milliseconds kWriteTimeout{30'000};

client::KafkaOptions options_for(const std::string& bootstrap) {
  // What fails is said once, by the command; not also by the library that noticed first.
  set_least_severity(Severity::kError);
  client::KafkaOptions options;
  options.bootstrap = bootstrap;
  options.client_id = "daybook-cli";
  options.request_timeout = kSoon;
  options.write_timeout = kWriteTimeout;
  return options;
}

}  // namespace

void add_bootstrap(Command command, std::string& bootstrap) {
  command.add_option("--bootstrap", bootstrap, "address of the log")
      .type_name("HOST:PORT")
      .environment("DAYBOOK_BOOTSTRAP")
      .show_default();
}

Result<std::unique_ptr<client::LogClient>> connect_log(const std::string& bootstrap,
                                                       std::chrono::milliseconds request_timeout) {
  auto options = options_for(bootstrap);
  options.connect_timeout = kSoon;
  options.request_timeout = request_timeout;
  auto log = client::make_kafka_client(options);
  if (!log && log.error().retriable()) {
    log.error().message += "; is a log running at " + bootstrap +
                           "? Start one with daybook serve, or say where it is with --bootstrap";
  }
  return log;
}

Result<std::unique_ptr<client::GroupAdmin>> connect_groups(const std::string& bootstrap) {
  return client::make_group_admin(options_for(bootstrap));
}

}  // namespace daybook::cli

#include "cli/log_connection.h"

#include "base/report.h"
#include "client/kafka_client.h"

namespace daybook::cli {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{5'000};
constexpr std::chrono::milliseconds kRequestTimeout{60'000};
constexpr std::chrono::milliseconds kWriteTimeout{30'000};

client::KafkaOptions options_for(const std::string& bootstrap) {
  // What fails is said once, by the command; not also by the library that noticed first.
  set_least_severity(Severity::kError);
  client::KafkaOptions options;
  options.bootstrap = bootstrap;
  options.client_id = "daybook-cli";
  options.request_timeout = kRequestTimeout;
  options.write_timeout = kWriteTimeout;
  return options;
}

Status reach(const client::KafkaOptions& options) {
  Status reached = client::reach_log(options, kConnectTimeout);
  if (reached || !reached.error().retriable()) return reached;
  reached.error().message += "; is a log running at " + options.bootstrap +
                             "? Start one with daybook serve, or say where it is with --bootstrap";
  return reached;
}

}  // namespace

Result<std::unique_ptr<client::LogClient>> connect_log(const std::string& bootstrap) {
  const auto options = options_for(bootstrap);
  DAYBOOK_TRY_VOID(reach(options));
  return client::make_kafka_client(options);
}

Result<std::unique_ptr<client::GroupAdmin>> connect_groups(const std::string& bootstrap) {
  return client::make_group_admin(options_for(bootstrap));
}

}  // namespace daybook::cli

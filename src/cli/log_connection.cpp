#include "cli/log_connection.h"

#include "base/report.h"
#include "client/kafka_client.h"

namespace daybook::cli {
namespace {

constexpr std::chrono::milliseconds kRequestTimeout{5'000};
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

}  // namespace

Result<std::unique_ptr<client::LogClient>> connect_log(const std::string& bootstrap) {
  return client::make_kafka_client(options_for(bootstrap));
}

Result<std::unique_ptr<client::GroupAdmin>> connect_groups(const std::string& bootstrap) {
  return client::make_group_admin(options_for(bootstrap));
}

Error explain_unreachable(Error error, const std::string& bootstrap) {
  if (!error.retriable()) return error;
  error.message += "; is a log running at " + bootstrap +
                   "? Start one with daybook serve, or say where it is with --bootstrap";
  return error;
}

}  // namespace daybook::cli

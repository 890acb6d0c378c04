#include "client_contract/live_broker.h"

#include <cstdlib>

#include "base/check.h"
#include "base/report.h"
#include "client/kafka_client.h"
#include "io/file_system.h"

namespace daybook::testing {
namespace {

client::KafkaOptions options_of(const std::string& address) {
  client::KafkaOptions options;
  options.bootstrap = address;
  options.read_ahead_bytes = 4 << 20;
  return options;
}

}  // namespace

LiveBroker::LiveBroker() {
  set_least_severity(Severity::kError);  // outages are what these tests are about
  std::string pattern = "/tmp/daybook-broker-XXXXXX";
  DAYBOOK_CHECK(::mkdtemp(pattern.data()) != nullptr, "no scratch folder in /tmp");
  folder_ = pattern;
  start();
}

LiveBroker::~LiveBroker() {
  stop();
  static_cast<void>(io::real_file_system().remove_folder(folder_));
}

void LiveBroker::start() {
  broker::ServerOptions options;
  options.data_folder = folder_ + "/data";
  options.kafka_listen = address_;
  options.io_threads = 1;
  auto started = broker::Server::start(std::move(options));
  if (!started) report(Severity::kError, "test", started.error().message);
  DAYBOOK_CHECK(started.has_value(), "the broker does not start");
  server_ = std::move(*started);
  address_ = server_->kafka_address();
}

void LiveBroker::stop() {
  if (server_ != nullptr) server_->stop();
  server_.reset();
}

std::unique_ptr<client::LogClient> LiveBroker::make_client(
    client::milliseconds request_timeout) const {
  auto options = options_of(address_);
  options.request_timeout = request_timeout;
  return client::make_kafka_client(options).value();
}

std::unique_ptr<client::Transactions> LiveBroker::make_transactions() const {
  return client::make_kafka_transactions(options_of(address_));
}

}  // namespace daybook::testing

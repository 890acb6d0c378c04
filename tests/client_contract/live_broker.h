// A broker of a test's own, in a scratch folder, on a port that was free; it can be stopped and
// started again on the same folder and port.

#pragma once

#include <memory>
#include <string>

#include "broker/server.h"
#include "client/log_client.h"
#include "client/transactions.h"

namespace daybook::testing {

class LiveBroker {
 public:
  LiveBroker();  // aborts the test program if it cannot start
  ~LiveBroker();
  LiveBroker(const LiveBroker&) = delete;
  LiveBroker& operator=(const LiveBroker&) = delete;

  void start();
  void stop();
  const std::string& address() const { return address_; }
  std::unique_ptr<client::LogClient> make_client(
      client::milliseconds request_timeout = client::milliseconds(10'000)) const;
  std::unique_ptr<client::Transactions> make_transactions() const;

 private:
  std::string folder_;
  std::string address_ = "127.0.0.1:0";
  std::unique_ptr<broker::Server> server_;
};

}  // namespace daybook::testing

// One I/O thread: an event loop and the connections that live on it.
//
// Threads: the owner's; what follows `// loop` is for the loop's own thread.

#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>

#include "broker/net/connection.h"
#include "broker/net/peer_counts.h"

namespace daybook::broker {

class IoThread {
 public:
  explicit IoThread(int number);

  asio::io_context& context() { return context_; }

  // Connections that are idle for longer than `core`'s settings allow will be closed.
  void start(Core& core);
  // Serves a client whose socket belongs to context(). From any thread.
  void serve(Connection::Socket socket, Core& core, ReportLimiter& reports, Endpoint advertised,
             PeerCounts::Place place);
  // Has every connection finish(). From any thread.
  void finish_all();
  void stop();

 private:
  // loop
  void sweep(Core& core);
  void relieve(Core& core);

  const int number_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer sweep_timer_;
  asio::steady_timer relief_timer_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  bool finishing_ = false;
  std::thread thread_;
};

}  // namespace daybook::broker

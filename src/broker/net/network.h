// The listening port and the I/O threads. Each thread has an event loop of its own (epoll), and
// each connection lives on one of them for good.
//
// Life: listen(), start(), then stop_accepting(), drain(), stop(). What other threads send to
// connections after that goes nowhere; the Network must outlive those threads' use of it.
//
// Threads: the owner's.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "broker/core.h"

namespace daybook::broker {

class Network {
 public:
  // Takes the port. kInvalid for an address that makes no sense or is not this machine's;
  // kUnavailable if the port is in use. `advertised` with an empty host: see ServerOptions.
  static Result<std::unique_ptr<Network>> listen(const std::string& address,
                                                 const std::string& advertised);
  virtual ~Network() = default;

  // Where it listens, with the actual port.
  virtual Endpoint address() const = 0;

  // Accepts connections and serves them with `core`, on `threads` threads.
  virtual void start(Core& core, int threads) = 0;

  virtual void stop_accepting() = 0;
  // Lets each connection send the answers that it owes, and closes it. True if all were closed in
  // time.
  virtual bool drain(std::chrono::milliseconds timeout) = 0;
  // Ends the threads.
  virtual void stop() = 0;
};

}  // namespace daybook::broker

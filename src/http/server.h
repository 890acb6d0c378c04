// The HTTP API on threads of its own: health, readiness, status, metrics, and the views' rows, as
// JSON. GET /openapi.json describes all of it.
//
// Bounds: http/limits.h, and those of http/bounded_server.h. Requests that may run for seconds are
// counted, so that health checks are answered even while all of those are busy.
//
// Threads: start() and stop() by the owner.

#pragma once

#include <memory>
#include <string>

#include "app/running.h"
#include "base/result.h"

namespace daybook::http {

class Server {
 public:
  // Listens on `listen` (HOST:PORT or [IPV6]:PORT; port 0: any free one). `running` must outlive
  // the server. kInvalid for a bad address; kUnavailable if it cannot be listened on.
  static Result<std::unique_ptr<Server>> start(const app::Running& running,
                                               const std::string& listen);
  // Stops as by stop().
  virtual ~Server() = default;

  virtual std::string address() const = 0;  // HOST:PORT, with the actual port
  // Stops accepting and waits for the requests that are being answered. Calling it again does
  // nothing.
  virtual void stop() = 0;
};

}  // namespace daybook::http

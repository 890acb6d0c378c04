// The server without its network: the data folder, opened, and everything that handlers work on.
// What comes in at dispatch() is all that it hears of the world.
//
// Life: open(), then release_waiting() and stop(), once each.
//
// Threads: the owner's, except core(), whose parts may be used by any.

#pragma once

#include <memory>

#include "base/result.h"
#include "broker/core.h"

namespace daybook::io {
class FileSystem;
}

namespace daybook::broker {

struct ServerOptions;

class Engine {
 public:
  // Takes the data folder's lock, opens the catalog, recovers the partitions, and makes the folders
  // follow the catalog. Errors as Server::start()'s.
  static Result<std::unique_ptr<Engine>> open(const ServerOptions& options);
  // Stops, if nobody has.
  virtual ~Engine() = default;

  virtual Core& core() = 0;
  virtual const Core& core() const = 0;

  // Answers all requests that wait for something to happen, now and from now on.
  virtual void release_waiting() = 0;
  // When no more requests come: finishes what was begun, closes the partitions cleanly and gives
  // the folder back. An error: something could not be closed, and the next open() will scan it.
  virtual Status stop() = 0;
};

}  // namespace daybook::broker

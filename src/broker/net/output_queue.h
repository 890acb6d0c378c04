// The frames that a connection has still to send, in order. Several small ones go out in one call;
// records that are in a file go from there to the socket, and take no memory while a slow client
// does not read them.
//
// Threads: one.

#pragma once

#include <cstddef>
#include <deque>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/encoded.h"

namespace daybook::broker {

class OutputQueue {
 public:
  bool empty() const { return chunks_.empty(); }
  void add(wire::Encoded frame);

  struct Sent {
    std::size_t bytes = 0;
    std::size_t freed_bytes = 0;  // of memory, that frames held which are gone now
    bool is_blocked = false;      // the socket takes no more now
  };
  // Sends to `socket`, which does not block, until it takes no more or at least `enough_bytes` are
  // gone. kUnavailable if the other end has gone; another error if what was promised cannot be
  // read, and then the rest makes no sense to the other end. SIGPIPE must be blocked or ignored.
  Result<Sent> send(int socket, std::size_t enough_bytes);

 private:
  struct Chunk {
    wire::Encoded::Chunk content;
    bool ends_frame;
  };
  Result<std::size_t> send_front(int socket) const;
  Result<std::size_t> send_memory(int socket) const;
  std::size_t front_size() const;
  // The memory that was freed.
  std::size_t consume(std::size_t size_bytes);

  std::deque<wire::Encoded> frames_;  // own what the chunks point to
  std::deque<Chunk> chunks_;
  std::size_t sent_of_front_ = 0;
};

}  // namespace daybook::broker

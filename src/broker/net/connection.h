// One client's connection: reads requests, hands them to the handlers, and sends their answers in
// the order of the requests.
//
// The next request is handled when the one before was answered, as Apache Kafka does; except behind
// a handler that allows pipelining (Produce), so that appends need not wait for each other's sync.
// Reading stops while too much is unanswered or unsent (broker/limits.h): what a client does not
// read comes back to it as back-pressure.
//
// Threads: everything on the connection's I/O thread, except that its ReplySinks may be used by
// any.

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "broker/append_queue.h"
#include "broker/core.h"
#include "broker/net/input_buffer.h"
#include "broker/net/output_queue.h"
#include "broker/reply.h"
#include "wire/encoded.h"

namespace daybook::broker {

namespace asio = boost::asio;
class ReportLimiter;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = asio::ip::tcp::socket;
  using TimePoint = std::chrono::steady_clock::time_point;

  // `on_closed` is called once, on the connection's thread.
  using OnClosed = std::move_only_function<void(const std::shared_ptr<Connection>&)>;

  Connection(Socket socket, Core& core, ReportLimiter& reports, Endpoint advertised,
             std::string peer, OnClosed on_closed);
  ~Connection();

  // Serves the client until it goes or must go.
  asio::awaitable<void> run();

  // Takes no further request, answers those that were taken, then closes.
  void finish();
  // Closes now. `reason`, if there is one, is reported.
  void close(const std::string& reason);
  // Closes it if nothing has moved since `before`; gives memory back otherwise.
  void sweep(TimePoint before);
  // While memory is short: closes it if it holds some of it and does not move; gives back what it
  // does not need otherwise.
  void relieve(TimePoint now);

 private:
  class Sink;
  class ConnectionStrand;

  struct Slot {
    std::size_t request_bytes = 0;
    bool answered = false;
    std::optional<wire::Encoded> frame{};  // absent, though answered: nothing is sent
  };

  asio::awaitable<void> serve();
  // Handles the requests that have arrived whole. An error: the connection cannot go on.
  asio::awaitable<Status> handle_arrived();
  // Those of them that can be handled without a pause, and sends their answers. False: there is no
  // other.
  Result<bool> handle_together();
  Status handle_one(BytesView frame);
  // Size of the frame at the front of the data, its length included; what is needed to know it, if
  // it is not there.
  Result<std::size_t> frame_size(BytesView data) const;

  // Waits while there is no memory for more of a large request.
  asio::awaitable<void> wait_for_memory();
  void charge_input();
  void release_input();
  void when_closed(std::move_only_function<void()> closed);
  // Sees that the client goes while nothing of it is read.
  void watch();

  bool must_pause() const;
  void answer(std::uint64_t number, std::optional<wire::Encoded> frame);
  void send_ready();
  void send_queued();
  // For where others may still be at work on this connection, or hold a lock.
  void close_soon(std::string reason);
  bool everything_sent() const { return slots_.empty() && sending_.empty(); }

  Socket socket_;
  Core& core_;
  ReportLimiter& reports_;
  const Endpoint advertised_;
  const std::string peer_;
  const std::string client_host_;
  OnClosed on_closed_;
  asio::steady_timer gate_;  // the reading side waits here
  std::thread::id thread_;
  std::shared_ptr<Strand> strand_;
  InputBuffer input_;
  AppendQueue appends_;               // of requests that are still in input_
  std::size_t read_ahead_bytes_ = 0;  // grows while the client fills what there is
  TimePoint last_moved_;

  std::uint64_t first_number_ = 0;  // of slots_.front()
  std::deque<Slot> slots_;          // requests taken and not sent yet
  std::uint64_t serial_until_ = 0;  // no further request before this many were answered
  std::size_t unanswered_bytes_ = 0;
  std::size_t unsent_bytes_ = 0;
  std::size_t charged_output_bytes_ = 0;  // of them in memory, of that which all share
  OutputQueue sending_;
  bool waits_to_send_ = false;           // until the client has read some, or others had their turn
  std::size_t charged_input_bytes_ = 0;  // of the memory that all share
  std::optional<TimePoint> overdrawn_since_;
  std::move_only_function<void()> when_closed_;
  bool watching_ = false;
  bool held_up_ = false;   // by us: what it sends is not read
  bool handling_ = false;  // answers gather, and go out together
  bool finishing_ = false;
  bool closed_ = false;
};

}  // namespace daybook::broker

#include "broker/net/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>

#include "base/endian.h"
#include "base/report.h"
#include "broker/dispatch.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/metrics.h"
#include "broker/net/awaiting.h"
#include "broker/net/client_socket.h"
#include "broker/net/report_limiter.h"
#include "io/clock.h"

namespace daybook::broker {
namespace {

// The first bytes of what people send to the wrong port by mistake.
std::string_view guess_protocol(BytesView start) {
  const std::string_view text = as_text(start);
  if (text == "GET " || text == "POST" || text == "HEAD" || text == "PUT ") {
    return " (it looks like HTTP)";
  }
  if (start[0] == std::byte{0x16} && start[1] == std::byte{0x03}) return " (it looks like TLS)";
  return "";
}

}  // namespace

class Connection::ConnectionStrand final : public Strand {
 public:
  ConnectionStrand(std::weak_ptr<Connection> connection, Socket::executor_type executor)
      : connection_(std::move(connection)), executor_(std::move(executor)) {}

  void post(std::move_only_function<void()> work) override {
    if (auto connection = connection_.lock()) {
      asio::post(executor_, [connection = std::move(connection), work = std::move(work)]() mutable {
        if (!connection->closed_) work();
      });
    }
  }

  void when_closed(std::move_only_function<void()> closed) override {
    if (const auto connection = connection_.lock()) connection->when_closed(std::move(closed));
  }

 private:
  std::weak_ptr<Connection> connection_;
  Socket::executor_type executor_;
};

// On the connection's own thread an answer takes effect at once, from others soon.
class Connection::Sink final : public ReplySink {
 public:
  Sink(const std::shared_ptr<Connection>& connection, std::uint64_t number)
      : connection_(connection), strand_(connection->strand_), number_(number) {}

  ~Sink() override {
    if (!used_) refuse("a request was dropped without an answer");
  }

  void send(wire::Encoded frame) override { answer(std::move(frame)); }
  void send_nothing() override { answer(std::nullopt); }

  void refuse(std::string reason) override {
    used_ = true;
    strand_->post([weak = connection_, reason = std::move(reason)] {
      if (const auto connection = weak.lock()) connection->close(reason);
    });
  }

  std::shared_ptr<Strand> strand() override { return strand_; }

 private:
  void answer(std::optional<wire::Encoded> frame) {
    used_ = true;
    const auto connection = connection_.lock();
    if (connection == nullptr) return;
    if (connection->thread_ == std::this_thread::get_id()) {
      connection->answer(number_, std::move(frame));
      return;
    }
    strand_->post([raw = connection.get(), number = number_, frame = std::move(frame)]() mutable {
      raw->answer(number, std::move(frame));
    });
  }

  std::weak_ptr<Connection> connection_;
  std::shared_ptr<Strand> strand_;
  std::uint64_t number_;
  bool used_ = false;
};

namespace {

// "127.0.0.1:50123" as "/127.0.0.1", "[::1]:50123" as "/::1".
std::string host_of(std::string_view peer) {
  peer = peer.substr(0, peer.rfind(':'));
  if (peer.starts_with('[') && peer.ends_with(']')) peer = peer.substr(1, peer.size() - 2);
  return "/" + std::string(peer);
}

}  // namespace

Connection::Connection(Socket socket, Core& core, ReportLimiter& reports, Endpoint advertised,
                       std::string peer, OnClosed on_closed)
    : socket_(std::move(socket)),
      core_(core),
      reports_(reports),
      advertised_(std::move(advertised)),
      peer_(std::move(peer)),
      client_host_(host_of(peer_)),
      on_closed_(std::move(on_closed)),
      gate_(socket_.get_executor(), TimePoint::max()),
      last_moved_(core.clock.steady()) {
  ++core_.metrics.connections_open;
}

Connection::~Connection() {
  core_.request_memory.give_back(charged_input_bytes_);
  core_.request_memory.release_overdraft(this);
  core_.response_memory.give_back(charged_output_bytes_);
  --core_.metrics.connections_open;
}

asio::awaitable<void> Connection::run() {
  const auto self = shared_from_this();
  thread_ = std::this_thread::get_id();
  strand_ = std::make_shared<ConnectionStrand>(self, socket_.get_executor());
  prepare_for_client(socket_);
  co_await serve();
  // What was taken is still answered if the server stops; a client that has gone needs nothing.
  if (!finishing_ || everything_sent()) close("");
}

asio::awaitable<void> Connection::serve() {
  bool took_all = false;  // that had arrived
  while (!closed_ && !finishing_) {
    const Status handled = co_await handle_arrived();
    if (!handled) {
      close(handled.error().message);
      co_return;
    }
    if (closed_ || finishing_) co_return;
    if (took_all) {
      // Waits without a buffer: sweep() may take it from an idle connection.
      const auto [failed] = co_await socket_.async_wait(Socket::wait_read, kAwait);
      if (failed) co_return;
    }
    if (core_.request_memory.is_short() && input_.data().size() >= kFreeRequestBytes) {
      co_await wait_for_memory();
      if (closed_ || finishing_) co_return;
    }
    // Cannot fail: handle_arrived() has looked at it.
    const std::size_t wanted = frame_size(input_.data()).value_or(0);
    const std::size_t ahead =
        std::min(read_ahead_bytes_, core_.request_memory.left_bytes() / kReadAheadShareOfMemory);
    const MutableBytes room = input_.room(wanted, ahead);
    charge_input();
    boost::system::error_code error;
    const std::size_t read = socket_.read_some(asio::buffer(room.data(), room.size()), error);
    took_all = error == asio::error::would_block || read < room.size();
    if (error == asio::error::would_block) continue;
    if (error) co_return;
    input_.filled(read);
    last_moved_ = core_.clock.steady();
    read_ahead_bytes_ = took_all ? 0 : std::min(2 * input_.capacity(), kReadAheadBytes);
    // The others on this thread have their turn, however fast this client sends.
    if (!took_all) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
}

asio::awaitable<Status> Connection::handle_arrived() {
  for (;;) {
    const Result<bool> more = handle_together();
    if (!more) co_return std::unexpected(more.error());
    if (!*more) co_return Status();
    while (must_pause() && !closed_ && !finishing_) co_await gate_.async_wait(kAwait);
    if (closed_ || finishing_) co_return Status();
  }
}

Result<bool> Connection::handle_together() {
  Result<bool> more = true;
  std::size_t handled_bytes = 0;
  handling_ = true;
  do {
    const BytesView data = input_.data().subspan(handled_bytes);
    const Result<std::size_t> size = frame_size(data);
    if (!size) {
      more = std::unexpected(size.error());
    } else if (data.size() < *size) {
      more = false;
    } else {
      handled_bytes += *size;
      const Status handled = handle_one(data.first(*size));
      if (!handled) more = std::unexpected(handled.error());
    }
  } while (more && *more && !must_pause());
  appends_.flush();
  handling_ = false;
  input_.consume(handled_bytes);
  release_input();
  send_ready();
  return more;
}

Result<std::size_t> Connection::frame_size(BytesView data) const {
  if (data.size() < wire::kFramePrefixSizeBytes) return wire::kFramePrefixSizeBytes;
  const auto size = load_be<std::int32_t>(data.data());
  if (size < 0 || static_cast<std::size_t>(size) > kMaxRequestBytes) {
    return fail(ErrorCode::kInvalid, "it announced a request of " + std::to_string(size) +
                                         " bytes, and at most " + std::to_string(kMaxRequestBytes) +
                                         " are taken" + std::string(guess_protocol(data.first(4))));
  }
  return wire::kFramePrefixSizeBytes + static_cast<std::size_t>(size);
}

Status Connection::handle_one(BytesView frame) {
  const std::uint64_t number = first_number_ + slots_.size();
  slots_.push_back({.request_bytes = frame.size()});
  unanswered_bytes_ += frame.size();
  core_.metrics.request_bytes += static_cast<std::int64_t>(frame.size());
  auto sink = std::make_unique<Sink>(shared_from_this(), number);
  const Result<Pipelining> served =
      dispatch(core_, advertised_, client_host_, appends_,
               frame.subspan(wire::kFramePrefixSizeBytes), std::move(sink));
  if (!served) return std::unexpected(served.error());
  if (*served == Pipelining::kNo) serial_until_ = number + 1;
  return {};
}

asio::awaitable<void> Connection::wait_for_memory() {
  MemoryBudget& memory = core_.request_memory;
  asio::steady_timer retry(socket_.get_executor());
  while (!closed_ && !finishing_ && memory.is_short() &&
         input_.data().size() >= kFreeRequestBytes) {
    boost::system::error_code ignored;
    if (socket_.available(ignored) == 0) break;  // it is the client who stalls
    if (memory.claim_overdraft(this)) {
      if (!overdrawn_since_) overdrawn_since_ = core_.clock.steady();
      break;
    }
    held_up_ = true;
    retry.expires_after(kMemoryRetry);
    co_await retry.async_wait(kAwait);
    last_moved_ = core_.clock.steady();
  }
  held_up_ = false;
}

void Connection::charge_input() {
  if (input_.capacity() == charged_input_bytes_) return;
  core_.request_memory.take(input_.capacity());
  core_.request_memory.give_back(charged_input_bytes_);
  charged_input_bytes_ = input_.capacity();
}

// After a request: the next one may wait for memory again.
void Connection::release_input() {
  if (overdrawn_since_) {
    overdrawn_since_.reset();
    core_.request_memory.release_overdraft(this);
  }
  if (input_.capacity() > kFreeRequestBytes && core_.request_memory.is_short()) input_.release();
  charge_input();
}

void Connection::when_closed(std::move_only_function<void()> closed) {
  when_closed_ = std::move(closed);
  if (when_closed_) watch();
}

void Connection::watch() {
  if (watching_ || closed_) return;
  watching_ = true;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->watching_ = false;
                       if (error || self->closed_ || self->finishing_ || !self->when_closed_)
                         return;
                       std::byte first{};
                       boost::system::error_code failed;
                       self->socket_.receive(asio::buffer(&first, 1), Socket::message_peek, failed);
                       if (failed == asio::error::would_block) {
                         self->watch();
                       } else if (failed) {
                         self->close("");
                       }
                     });
}

bool Connection::must_pause() const {
  const std::uint64_t answered_to = first_number_;
  return answered_to < serial_until_ || slots_.size() >= kMaxUnansweredRequests ||
         unanswered_bytes_ >= kMaxUnansweredBytes || unsent_bytes_ >= kMaxUnsentBytes ||
         charged_output_bytes_ >= kMaxUnsentBytes ||
         (charged_output_bytes_ > 0 && core_.response_memory.is_short());
}

void Connection::answer(std::uint64_t number, std::optional<wire::Encoded> frame) {
  if (closed_) return;
  Slot& slot = slots_[number - first_number_];
  slot.answered = true;
  if (frame) {
    unsent_bytes_ += frame->size_bytes();
    charged_output_bytes_ += frame->memory_bytes();
    core_.response_memory.take(frame->memory_bytes());
  }
  slot.frame = std::move(frame);
  send_ready();
}

void Connection::send_ready() {
  if (handling_ || closed_) return;
  while (!slots_.empty() && slots_.front().answered) {
    unanswered_bytes_ -= slots_.front().request_bytes;
    if (slots_.front().frame) sending_.add(std::move(*slots_.front().frame));
    slots_.pop_front();
    ++first_number_;
  }
  gate_.cancel();
  if (!waits_to_send_ && !sending_.empty()) send_queued();
  if (finishing_ && everything_sent()) close_soon("");
}

void Connection::send_queued() {
  const auto sent = sending_.send(socket_.native_handle(), kSendTurnBytes);
  if (!sent) {
    const bool has_gone = sent.error().code == ErrorCode::kUnavailable;
    if (!has_gone) report(Severity::kError, "broker", sent.error().message);
    waits_to_send_ = true;  // nothing may follow the part that is missing
    return close_soon(has_gone ? "" : "records that were promised to it cannot be read");
  }
  if (sent->bytes > 0) last_moved_ = core_.clock.steady();
  unsent_bytes_ -= sent->bytes;
  charged_output_bytes_ -= sent->freed_bytes;
  core_.response_memory.give_back(sent->freed_bytes);
  core_.metrics.response_bytes += static_cast<std::int64_t>(sent->bytes);
  if (sending_.empty()) return;
  waits_to_send_ = true;
  auto go_on = [self = shared_from_this()](const boost::system::error_code& error) {
    self->waits_to_send_ = false;
    if (!error && !self->closed_) self->send_ready();
  };
  if (sent->is_blocked) {
    socket_.async_wait(Socket::wait_write, std::move(go_on));
  } else {
    asio::post(socket_.get_executor(), [go_on = std::move(go_on)] { go_on({}); });
  }
}

void Connection::finish() {
  finishing_ = true;
  if (everything_sent()) {
    close("");
    return;
  }
  // Ends the read that may be waiting; what was taken can still be answered.
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_receive, ignored);
  gate_.cancel();
}

void Connection::close_soon(std::string reason) {
  asio::post(socket_.get_executor(),
             [self = shared_from_this(), reason = std::move(reason)] { self->close(reason); });
}

void Connection::close(const std::string& reason) {
  if (closed_) return;
  const auto self = shared_from_this();
  closed_ = true;
  if (!reason.empty()) {
    ++core_.metrics.connections_dropped;
    std::string left_out;
    if (reports_.allow(core_.clock.steady(), left_out)) {
      report(Severity::kWarning, "broker",
             "closed the connection from " + peer_ + ": " + reason + left_out);
    }
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  gate_.cancel();
  if (auto closed = std::exchange(when_closed_, nullptr)) closed();
  on_closed_(self);
}

void Connection::sweep(TimePoint before) {
  const bool owes_an_answer = !slots_.empty() && sending_.empty();
  if (last_moved_ < before && !owes_an_answer) {
    close("nothing was sent or received for too long");
  } else {
    input_.release();
    charge_input();
  }
}

void Connection::relieve(TimePoint now) {
  const bool stalls = last_moved_ < now - kMostStall && !held_up_;
  const bool sends_slowly = (overdrawn_since_ && *overdrawn_since_ < now - kMostOverdraft) ||
                            (stalls && input_.data().size() >= kFreeRequestBytes && !must_pause());
  if (core_.response_memory.is_short() && stalls && charged_output_bytes_ > 0) {
    close("it does not take its answers, and the memory for answers is short");
  } else if (core_.request_memory.is_short() && sends_slowly) {
    close("its request comes too slowly, and the memory for requests is short");
  } else {
    input_.release();
    charge_input();
  }
}

}  // namespace daybook::broker

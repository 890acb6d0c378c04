#include "broker/net/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string_view>
#include <utility>

#include "base/endian.h"
#include "base/report.h"
#include "broker/dispatch.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/net/report_limiter.h"
#include "io/clock.h"

namespace daybook::broker {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

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

Connection::Connection(Socket socket, Core& core, ReportLimiter& reports, Endpoint advertised,
                       std::string peer, OnClosed on_closed)
    : socket_(std::move(socket)),
      core_(core),
      reports_(reports),
      advertised_(std::move(advertised)),
      peer_(std::move(peer)),
      on_closed_(std::move(on_closed)),
      gate_(socket_.get_executor(), TimePoint::max()),
      last_moved_(core.clock.steady()) {
  ++core_.metrics.connections_open;
}

Connection::~Connection() {
  --core_.metrics.connections_open;
}

asio::awaitable<void> Connection::run() {
  const auto self = shared_from_this();
  thread_ = std::this_thread::get_id();
  strand_ = std::make_shared<ConnectionStrand>(self, socket_.get_executor());
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  co_await serve();
  // What was taken is still answered if the server stops; a client that has gone needs nothing.
  if (!finishing_ || everything_sent()) close("");
}

asio::awaitable<void> Connection::serve() {
  while (!closed_ && !finishing_) {
    const Status handled = co_await handle_arrived();
    if (!handled) {
      close(handled.error().message);
      co_return;
    }
    if (closed_ || finishing_) co_return;
    // Cannot fail: handle_arrived() has looked at it.
    const std::size_t wanted = frame_size(input_.data()).value_or(0);
    const MutableBytes room = input_.room(wanted, read_ahead_bytes_);
    boost::system::error_code error;
    const std::size_t read = socket_.read_some(asio::buffer(room.data(), room.size()), error);
    if (error == asio::error::would_block) {
      // Waits without a buffer: sweep() may take it from an idle connection.
      const auto [failed] = co_await socket_.async_wait(Socket::wait_read, kAwait);
      if (failed) co_return;
      continue;
    }
    if (error) co_return;
    input_.filled(read);
    last_moved_ = core_.clock.steady();
    if (read < room.size()) {
      read_ahead_bytes_ = 0;
      continue;
    }
    read_ahead_bytes_ = std::min(2 * room.size(), kReadAheadBytes);
    // The others on this thread have their turn, however fast this client sends.
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
}

asio::awaitable<Status> Connection::handle_arrived() {
  for (;;) {
    const BytesView data = input_.data();
    const Result<std::size_t> size = frame_size(data);
    const bool is_whole = size && data.size() >= *size;
    Status handled;
    if (is_whole) {
      handling_ = true;
      handled = handle_one(data.first(*size));
      handling_ = false;
      input_.consume(*size);
    }
    // Answers to requests that came together go out together, unless one of them is waited for.
    if (!is_whole || !handled || must_pause()) send_ready();
    if (!size) co_return std::unexpected(size.error());
    if (!is_whole || !handled) co_return handled;
    while (must_pause() && !closed_ && !finishing_) co_await gate_.async_wait(kAwait);
    if (closed_ || finishing_) co_return Status();
  }
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
      dispatch(core_, advertised_, frame.subspan(wire::kFramePrefixSizeBytes), std::move(sink));
  if (!served) return std::unexpected(served.error());
  if (*served == Pipelining::kNo) serial_until_ = number + 1;
  return {};
}

bool Connection::must_pause() const {
  const std::uint64_t answered_to = first_number_;
  return answered_to < serial_until_ || slots_.size() >= kMaxUnansweredRequests ||
         unanswered_bytes_ >= kMaxUnansweredBytes || unsent_bytes_ >= kMaxUnsentBytes;
}

void Connection::answer(std::uint64_t number, std::optional<wire::Encoded> frame) {
  if (closed_) return;
  Slot& slot = slots_[number - first_number_];
  slot.answered = true;
  if (frame) unsent_bytes_ += frame->size_bytes();
  slot.frame = std::move(frame);
  send_ready();
}

void Connection::send_ready() {
  if (handling_) return;
  queue_ready();
  gate_.cancel();
  if (!waits_to_send_ && !sending_.empty()) send_queued();
  if (finishing_ && !closed_ && everything_sent()) close("");
}

void Connection::queue_ready() {
  while (!slots_.empty() && slots_.front().answered) {
    unanswered_bytes_ -= slots_.front().request_bytes;
    if (slots_.front().frame) sending_.add(std::move(*slots_.front().frame));
    slots_.pop_front();
    ++first_number_;
  }
}

void Connection::send_queued() {
  const Result<std::size_t> sent = sending_.send(socket_.native_handle());
  if (!sent) {
    close(sent.error().code == ErrorCode::kUnavailable ? "" : sent.error().message);
    return;
  }
  if (*sent > 0) last_moved_ = core_.clock.steady();
  unsent_bytes_ -= *sent;
  core_.metrics.response_bytes += static_cast<std::int64_t>(*sent);
  if (sending_.empty()) return;
  waits_to_send_ = true;
  socket_.async_wait(Socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waits_to_send_ = false;
                       if (!error && !self->closed_) self->send_ready();
                     });
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
  on_closed_(self);
}

void Connection::sweep(TimePoint before) {
  const bool owes_an_answer = !slots_.empty() && sending_.empty();
  if (last_moved_ < before && !owes_an_answer) {
    close("nothing was sent or received for too long");
  } else {
    input_.release();
  }
}

}  // namespace daybook::broker

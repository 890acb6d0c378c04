#include "broker/net/network.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "base/report.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/net/address.h"
#include "broker/net/awaiting.h"
#include "broker/net/io_thread.h"
#include "broker/net/peer_counts.h"
#include "broker/net/report_limiter.h"
#include "broker/settings/broker_settings.h"
#include "io/clock.h"

namespace daybook::broker {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

// How long accepting rests when the process has no descriptors left.
constexpr std::chrono::milliseconds kAcceptRest{100};

class AsioNetwork final : public Network {
 public:
  AsioNetwork(Endpoint wanted, Endpoint advertised)
      : wanted_(std::move(wanted)), advertised_(std::move(advertised)) {
    threads_.push_back(std::make_unique<IoThread>(0));
  }

  ~AsioNetwork() override { stop(); }

  Status open() {
    asio::io_context& context = threads_.front()->context();
    error_code error;
    tcp::resolver resolver(context);
    const auto found =
        resolver.resolve(wanted_.host, std::to_string(wanted_.port), tcp::resolver::passive, error);
    if (error || found.empty()) {
      return fail(ErrorCode::kInvalid, "cannot listen on " + to_string(wanted_) +
                                           ": no address of that name (" + error.message() + ")");
    }
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.emplace(context);
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (!error) listening_ = acceptor_->local_endpoint(error);
    if (!error) return {};
    if (error == asio::error::address_in_use) {
      return fail(ErrorCode::kUnavailable,
                  "cannot listen on " + to_string(wanted_) +
                      ": the port is in use by another program; stop it, or choose another port "
                      "(0 for any free one)");
    }
    const bool callers_fault =
        error == asio::error::access_denied || error == error_code(EADDRNOTAVAIL, error.category());
    return fail(callers_fault ? ErrorCode::kInvalid : ErrorCode::kIo,
                "cannot listen on " + to_string(wanted_) + ": " + error.message());
  }

  Endpoint address() const override { return {wanted_.host, listening_.port()}; }

  void start(Core& core, int threads) override {
    core_ = &core;
    for (int i = 1; i < threads; ++i) threads_.push_back(std::make_unique<IoThread>(i));
    asio::co_spawn(threads_.front()->context(), accept(), asio::detached);
    for (const auto& thread : threads_) thread->start(core);
  }

  void stop_accepting() override {
    asio::post(threads_.front()->context(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
  }

  bool drain(std::chrono::milliseconds timeout) override {
    for (const auto& thread : threads_) thread->finish_all();
    constexpr std::chrono::milliseconds kLookAgain{2};
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (core_->metrics.connections_open > 0) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(kLookAgain);
    }
    return true;
  }

  void stop() override {
    for (const auto& thread : threads_) thread->stop();
  }

 private:
  asio::awaitable<void> accept() {
    asio::steady_timer rest(threads_.front()->context());
    for (std::size_t next = 0; acceptor_->is_open(); ++next) {
      IoThread& thread = *threads_[next % threads_.size()];
      auto [error, socket] = co_await acceptor_->async_accept(thread.context(), kAwait);
      if (error == asio::error::operation_aborted || !acceptor_->is_open()) co_return;
      if (error) {
        report_limited("could not accept a connection: " + error.message());
        rest.expires_after(kAcceptRest);
        co_await rest.async_wait(kAwait);
        continue;
      }
      take(thread, std::move(socket));
    }
  }

  void take(IoThread& thread, tcp::socket socket) {
    Metrics& metrics = core_->metrics;
    const std::size_t most = core_->broker_settings.max_connections();
    if (metrics.connections_open >= static_cast<std::int64_t>(most)) {
      ++metrics.connections_refused;
      report_limited("refused a connection: " + std::to_string(most) +
                     " are open, which is the most that is allowed");
      return;
    }
    error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone) return;
    const std::string host = peer.address().to_string();
    auto place = peers_.take(host, core_->broker_settings.max_connections_per_ip());
    if (!place) {
      ++metrics.connections_refused;
      report_limited("refused a connection from " + host +
                     ": it has as many as max.connections.per.ip allows");
      return;
    }
    ++metrics.connections_accepted;
    Endpoint advertised = advertised_for(socket);
    thread.serve(std::move(socket), *core_, reports_, std::move(advertised), *std::move(place));
  }

  // What the client is told to connect to.
  Endpoint advertised_for(const tcp::socket& socket) const {
    Endpoint advertised = advertised_.host.empty() ? address() : advertised_;
    if (advertised.port == 0) advertised.port = listening_.port();
    if (advertised_.host.empty() && listening_.address().is_unspecified()) {
      error_code error;
      const tcp::endpoint reached = socket.local_endpoint(error);
      if (!error) advertised.host = reached.address().to_string();
    }
    return advertised;
  }

  void report_limited(const std::string& line) {
    std::string left_out;
    if (reports_.allow(core_->clock.steady(), left_out)) {
      report(Severity::kWarning, "broker", line + left_out);
    }
  }

  const Endpoint wanted_;
  const Endpoint advertised_;  // empty host: not given
  ReportLimiter reports_;
  PeerCounts peers_;
  Core* core_ = nullptr;
  tcp::endpoint listening_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::optional<tcp::acceptor> acceptor_;  // on the first thread
};

}  // namespace

Result<std::unique_ptr<Network>> Network::listen(const std::string& address,
                                                 const std::string& advertised) {
  DAYBOOK_TRY(Endpoint wanted, parse_endpoint(address));
  Endpoint told;
  if (!advertised.empty()) {
    DAYBOOK_TRY(told, parse_endpoint(advertised));
  }
  auto network = std::make_unique<AsioNetwork>(std::move(wanted), std::move(told));
  DAYBOOK_TRY_VOID(network->open());
  return network;
}

}  // namespace daybook::broker

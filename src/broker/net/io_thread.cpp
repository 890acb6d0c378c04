#include "broker/net/io_thread.h"

#include <pthread.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/net/address.h"
#include "io/clock.h"

namespace daybook::broker {
namespace {

std::string peer_of(const Connection::Socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return "(gone)";
  return to_string(Endpoint{peer.address().to_string(), peer.port()});
}

// sendfile(2) raises it, and cannot be told not to, when a client has gone.
void block_broken_pipe_signal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

IoThread::IoThread(int number)
    : number_(number),
      work_(context_.get_executor()),
      sweep_timer_(context_),
      relief_timer_(context_) {}

void IoThread::start(Core& core) {
  sweep(core);
  relieve(core);
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), ("io-" + std::to_string(number_)).c_str());
    block_broken_pipe_signal();
    context_.run();
  });
}

void IoThread::serve(Connection::Socket socket, Core& core, ReportLimiter& reports,
                     Endpoint advertised, PeerCounts::Place place) {
  std::string peer = peer_of(socket);
  auto connection = std::make_shared<Connection>(
      std::move(socket), core, reports, std::move(advertised), std::move(peer),
      [this, place = std::move(place)](const std::shared_ptr<Connection>& closed) {
        connections_.erase(closed);
      });
  asio::post(context_, [this, connection = std::move(connection)] {
    connections_.insert(connection);
    asio::co_spawn(context_, connection->run(), asio::detached);
    if (finishing_) connection->finish();
  });
}

void IoThread::finish_all() {
  asio::post(context_, [this] {
    finishing_ = true;
    const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
    for (const auto& connection : all) connection->finish();
  });
}

void IoThread::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void IoThread::sweep(Core& core) {
  const auto max_idle = core.settings.max_connection_idle;
  sweep_timer_.expires_after(max_idle / kSweepsPerIdleTime);
  sweep_timer_.async_wait([this, &core, max_idle](const boost::system::error_code& error) {
    if (error) return;
    const auto before = core.clock.steady() - max_idle;
    const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
    for (const auto& connection : all) connection->sweep(before);
    sweep(core);
  });
}

void IoThread::relieve(Core& core) {
  relief_timer_.expires_after(kReliefInterval);
  relief_timer_.async_wait([this, &core](const boost::system::error_code& error) {
    if (error) return;
    if (core.request_memory.is_short() || core.response_memory.is_short()) {
      const auto now = core.clock.steady();
      const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
      for (const auto& connection : all) connection->relieve(now);
    }
    relieve(core);
  });
}

}  // namespace daybook::broker

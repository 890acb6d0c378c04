#include "broker/net/client_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string_view>

namespace daybook::broker {
namespace {

using Socket = boost::asio::ip::tcp::socket;

bool is_from_this_machine(const Socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error).address();
  if (error) return false;
  const auto own = socket.local_endpoint(error).address();
  return !error && (peer.is_loopback() || peer == own);
}

}  // namespace

void prepare_for_client(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  if (!is_from_this_machine(socket)) return;
  constexpr std::string_view kUnpaced = "reno";
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_CONGESTION, kUnpaced.data(),
               kUnpaced.size());
}

}  // namespace daybook::broker

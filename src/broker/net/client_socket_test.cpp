#include "broker/net/client_socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <string>

namespace daybook::broker {
namespace {

using boost::asio::ip::tcp;

std::string congestion_control_of(tcp::socket& socket) {
  std::array<char, 16> name{};
  socklen_t size = name.size();
  EXPECT_EQ(::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_CONGESTION, name.data(), &size),
            0);
  return name.data();
}

// Of the server's side, to a client that comes from `from`.
std::string congestion_control_towards(const char* from) {
  boost::asio::io_context context;
  const auto address = boost::asio::ip::make_address(from);
  tcp::acceptor acceptor(context, tcp::endpoint(tcp::v4(), 0));
  tcp::socket client(context, tcp::endpoint(address, 0));
  client.connect({address, acceptor.local_endpoint().port()});
  tcp::socket served = acceptor.accept();
  prepare_for_client(served);
  EXPECT_TRUE(served.non_blocking());
  return congestion_control_of(served);
}

TEST(ClientSocket, AClientOnTheSameMachineIsNotPaced) {
  EXPECT_EQ(congestion_control_towards("127.0.0.1"), "reno");
  EXPECT_EQ(congestion_control_towards("127.0.0.2"), "reno");
}

TEST(ClientSocket, OneThatHasGoneIsNoError) {
  boost::asio::io_context context;
  tcp::socket unconnected(context, tcp::v4());
  const std::string before = congestion_control_of(unconnected);
  prepare_for_client(unconnected);
  EXPECT_EQ(congestion_control_of(unconnected), before);
}

}  // namespace
}  // namespace daybook::broker

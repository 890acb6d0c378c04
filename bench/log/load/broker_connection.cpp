#include "broker_connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/endian.h"

namespace daybook::bench {

BrokerConnection::BrokerConnection(const std::string& address, Waits waits)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      receive_flags_(waits == Waits::kAwake ? MSG_DONTWAIT : MSG_WAITALL) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) give_up(fmt::format("broker={}: not host:port", address));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1 ||
      ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
    give_up(fmt::format("cannot connect to {}: {}", address, std::strerror(errno)));
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

BrokerConnection::~BrokerConnection() {
  ::close(socket_);
}

void BrokerConnection::hang_up() {
  ::shutdown(socket_, SHUT_RDWR);
}

void BrokerConnection::send(const wire::Encoded& frame) {
  send_bytes(frame.flatten());
}

void BrokerConnection::send_bytes(BytesView frame) {
  while (!frame.empty()) {
    const ssize_t n = ::send(socket_, frame.data(), frame.size(), MSG_NOSIGNAL);
    if (n <= 0) give_up(fmt::format("the broker closed the connection: {}", std::strerror(errno)));
    frame = frame.subspan(static_cast<std::size_t>(n));
  }
}

bool BrokerConnection::read(MutableBytes into) {
  while (!into.empty()) {
    const ssize_t n = ::recv(socket_, into.data(), into.size(), receive_flags_);
    if (n < 0 && errno == EAGAIN) continue;
    if (n <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

BytesView BrokerConnection::receive() {
  std::byte prefix[wire::kFramePrefixSizeBytes];
  if (!read(prefix)) return {};
  const auto size = static_cast<std::size_t>(load_be<std::int32_t>(prefix));
  if (buffer_.size() < size) buffer_.resize(size);
  const MutableBytes frame = MutableBytes(buffer_).first(size);
  if (!read(frame)) return {};
  return frame;
}

}  // namespace daybook::bench

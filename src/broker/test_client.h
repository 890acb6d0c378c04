// For tests: a server on a folder, and a client that speaks to it over a real socket, one byte or
// one request at a time.

#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/endian.h"
#include "broker/metrics.h"
#include "broker/server.h"
#include "io/test_folder.h"
#include "wire/frame.h"

namespace daybook::broker {

inline constexpr std::chrono::seconds kTestPatience{60};

inline ServerOptions test_options(const std::string& folder) {
  ServerOptions options;
  options.data_folder = folder;
  options.kafka_listen = "127.0.0.1:0";
  options.io_threads = 2;
  return options;
}

inline std::unique_ptr<Server> start_server(const ServerOptions& options) {
  auto server = Server::start(options);
  EXPECT_TRUE(server) << server.error().message;
  return server ? std::move(*server) : nullptr;
}

// Waits for something that another thread does.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return condition();
    std::this_thread::yield();
  }
  return true;
}

class TestClient {
 public:
  explicit TestClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  explicit TestClient(const Server& server) : TestClient(server.kafka_port()) {}
  ~TestClient() { hang_up(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void hang_up() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // False if the server has closed the connection.
  bool send(BytesView bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
  }

  template <class Request>
  bool send(const Request& request, std::int16_t version, std::int32_t correlation_id) {
    return send(wire::encode_request_frame(correlation_id, "test", request, version).flatten());
  }

  // One response without its length; nothing if the server closed the connection.
  std::optional<Bytes> receive() {
    Bytes size(wire::kFramePrefixSizeBytes);
    if (!receive_all(size)) return std::nullopt;
    Bytes frame(static_cast<std::size_t>(load_be<std::int32_t>(size.data())));
    if (!receive_all(frame)) return std::nullopt;
    return frame;
  }

  template <class Request>
  typename Request::Api::Response receive(std::int16_t version, std::int32_t correlation_id) {
    using Api = typename Request::Api;
    const auto frame = receive();
    EXPECT_TRUE(frame) << "the server closed the connection";
    if (!frame) return {};
    const auto response = wire::decode_response_frame(*frame, *wire::find_api(Api::kKey), version);
    EXPECT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->correlation_id, correlation_id);
    kept_ = to_bytes(response->body);
    auto decoded = wire::decode<typename Api::Response>(kept_, version, wire::Trailing::kRefuse);
    EXPECT_TRUE(decoded) << decoded.error().message;
    return decoded ? std::move(*decoded) : typename Api::Response{};
  }

  // Views of records in the answer are valid until the next one.
  template <class Request>
  typename Request::Api::Response ask(const Request& request,
                                      std::int16_t version = Request::Api::kVersions.last) {
    const std::int32_t correlation_id = ++last_correlation_id_;
    EXPECT_TRUE(send(request, version, correlation_id));
    return receive<Request>(version, correlation_id);
  }

  // True if the server closes the connection, whatever it says before.
  bool closed_by_server() {
    Bytes ignored(4096);
    for (;;) {
      const ssize_t got = receive_some(ignored);
      if (got == 0) return true;
      if (got < 0) return errno == ECONNRESET;
    }
  }

  bool has_input(std::chrono::milliseconds within) {
    pollfd poll{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, static_cast<int>(within.count())) > 0;
  }

 private:
  ssize_t receive_some(MutableBytes into) {
    if (!has_input(kTestPatience)) {
      ADD_FAILURE() << "the server neither answers nor closes the connection";
      return 0;
    }
    return ::recv(fd_, into.data(), into.size(), 0);
  }

  bool receive_all(MutableBytes into) {
    while (!into.empty()) {
      const ssize_t got = receive_some(into);
      if (got <= 0) return false;
      into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
  }

  int fd_;
  std::int32_t last_correlation_id_ = 0;
  Bytes kept_;
};

}  // namespace daybook::broker

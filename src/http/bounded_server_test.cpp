#include "http/bounded_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace daybook::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// One socket, on which anything may be sent.
class Connection {
 public:
  explicit Connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  }
  ~Connection() { ::close(socket_); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // What comes until the server closes the connection.
  std::string read_all() {
    std::string all;
    char bytes[4096];
    while (true) {
      const auto got = ::recv(socket_, bytes, sizeof(bytes), 0);
      if (got <= 0) return all;
      all.append(bytes, static_cast<std::size_t>(got));
    }
  }
  // Whether something has come, or the server has closed; waits that long at most.
  bool has_news(milliseconds wait) {
    pollfd waits{socket_, POLLIN, 0};
    return ::poll(&waits, 1, static_cast<int>(wait.count())) > 0;
  }

 private:
  const int socket_;
};

class BoundedServerTest : public ::testing::Test {
 protected:
  // By itself no time is up: a machine that stands still for a while ends no connection.
  explicit BoundedServerTest(milliseconds request_time = milliseconds(60'000))
      : server_(explain, {.idle_time = milliseconds(60'000), .request_time = request_time}) {
    server_.Get("/health", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("good health", "text/plain");
    });
    server_.Post("/drop", [this](const httplib::Request& request, httplib::Response& response) {
      ++dropped_;
      response.set_content("dropped " + request.body, "text/plain");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~BoundedServerTest() override {
    server_.stop();
    thread_.join();
  }

  std::string ask(const std::string& request) {
    Connection connection(port_);
    EXPECT_TRUE(connection.send(request));
    return connection.read_all();
  }

  static void explain(int status, std::string_view why, httplib::Response& response) {
    response.status = status;
    response.set_content(std::string(why), "text/plain");
  }

  BoundedServer server_;
  std::atomic<int> dropped_ = 0;
  int port_ = 0;
  std::thread thread_;
};

class ImpatientServer : public BoundedServerTest {
 protected:
  ImpatientServer() : BoundedServerTest(milliseconds(500)) {}
};

TEST_F(ImpatientServer, ARequestThatArrivesTooSlowlyIsEndedHoweverOftenSomethingComes) {
  Connection slow(port_);
  ASSERT_TRUE(slow.send("GET /health HTTP/1.1\r\n"));
  while (!slow.has_news(milliseconds(20)) && slow.send("A")) {
  }
  EXPECT_THAT(slow.read_all(), StartsWith("HTTP/1.1 400"));
}

TEST_F(BoundedServerTest, AHeadWithoutAnEndIsEnded) {
  Connection connection(port_);
  ASSERT_TRUE(connection.send("GET /health HTTP/1.1\r\n"));
  const std::string header = "A: " + std::string(4'000, 'b') + "\r\n";
  std::size_t sent = 0;
  while (connection.send(header)) sent += header.size();
  EXPECT_LT(sent, 64U << 20);
}

TEST_F(BoundedServerTest, ABodyWhoseEndCouldBeElsewhereIsRefusedAndWhatFollowsIsNotRead) {
  const std::string hidden = "POST /drop HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
  const auto length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  const std::pair<std::string, std::string> heads[] = {
      {"GET /health HTTP/1.1\r\n" + length, "400"},
      {"POST /health HTTP/1.1\r\nContent-Length: 0\r\n" + length, "400"},
      {"POST /health HTTP/1.1\r\nContent-Length: +0\r\n", "400"},
      {"POST /health HTTP/1.1\r\nContent-Length: 0x9\r\n", "400"},
      {"POST /health HTTP/1.1\r\nContent-Length: -1\r\n", "400"},
      {"POST /health HTTP/1.1\r\nContent-Length : 41\r\n", "400"},
      {"POST /health HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n", "413"},
      {"POST /health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + length, "411"},
      {"POST /health HTTP/1.1\r\nTransfer-Encoding: x\r\n", "411"},
      {"DELETE /health HTTP/1.1\r\n" + length, "400"},
  };
  for (const auto& [head, status] : heads) {
    const auto answer = ask(head + "\r\n" + hidden);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + status)) << head;
    EXPECT_THAT(answer, HasSubstr("Connection: close")) << head;
    EXPECT_THAT(answer, Not(HasSubstr("Keep-Alive"))) << head;
  }
  EXPECT_EQ(dropped_, 0);
}

TEST_F(BoundedServerTest, ABodyThatIsPackedIsRefused) {
  EXPECT_THAT(ask("POST /drop HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"),
              StartsWith("HTTP/1.1 415"));
}

TEST_F(BoundedServerTest, ATooLargeBodyIsRefusedBeforeItIsRead) {
  Connection connection(port_);
  ASSERT_TRUE(connection.send("POST /drop HTTP/1.1\r\nContent-Length: 9000000000\r\n\r\n"));
  EXPECT_THAT(connection.read_all(), StartsWith("HTTP/1.1 413"));
}

TEST_F(BoundedServerTest, APostWithoutALengthHasNoBody) {
  const auto answer = ask("POST /drop HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(dropped_, 1);
}

TEST_F(BoundedServerTest, RequestsMayComeTogether) {
  const auto answer =
      ask("POST /drop HTTP/1.1\r\nContent-Length: 4\r\n\r\nthis"
          "GET /health HTTP/1.1\r\n\r\n"
          "POST /drop HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nthat");
  const auto first = answer.find("dropped this");
  const auto second = answer.find("good health", first);
  EXPECT_NE(answer.find("dropped that", second), std::string::npos) << answer;
}

TEST_F(BoundedServerTest, RangesAreNotServed) {
  std::string ranges = "0-0";
  for (int i = 0; i < 1'000; ++i) ranges += ",0-0";
  const auto answer =
      ask("GET /health HTTP/1.1\r\nConnection: close\r\nRange: bytes=" + ranges + "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("good health"));
  EXPECT_THAT(answer, Not(HasSubstr("multipart")));
}

}  // namespace
}  // namespace daybook::http

// Any bytes as what a client sends. Byte 0 says how: 0, the rest is all that comes over a
// connection; otherwise it chooses a route, whose query is what stands before the first zero byte,
// and whose body is what stands behind it.
//
// Whatever it is, no answer says that something went wrong in here, and what is JSON is JSON.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/check.h"
#include "http/api.h"
#include "http/fake_running.h"
#include "http/server.h"

namespace daybook::http {
namespace {

constexpr int kWentWrong = 500;
constexpr std::size_t kStatusAt = sizeof("HTTP/1.1 ") - 1;

struct App {
  App() : routes(make_routes(running)) {
    // Nobody waits for what is slow.
    running.balances.release();
    running.regional.release();
    auto started = Server::start(running, "127.0.0.1:0");
    if (!started) std::abort();
    server = *std::move(started);
    const std::string address = server->address();
    port = static_cast<std::uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1));
  }

  FakeRunning running;
  std::vector<Route> routes;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

// What comes back when the client has sent this and says that it has no more.
std::string exchange(std::uint16_t port, std::string_view sent) {
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) std::abort();
  (void)::send(client, sent.data(), sent.size(), MSG_NOSIGNAL);
  ::shutdown(client, SHUT_WR);
  std::string answer;
  std::array<char, 4096> piece;
  for (;;) {
    const auto received = ::recv(client, piece.data(), piece.size(), 0);
    if (received <= 0) break;
    answer.append(piece.data(), static_cast<std::size_t>(received));
  }
  ::close(client);
  return answer;
}

void check_connection(const App& app, std::string_view sent) {
  const std::string answer = exchange(app.port, sent);
  if (answer.empty()) return;
  DAYBOOK_CHECK(answer.starts_with("HTTP/1.1 "), "what is answered is not HTTP");
  DAYBOOK_CHECK(std::atoi(answer.c_str() + kStatusAt) != kWentWrong, "a request goes wrong");
}

void check_route(const Route& route, std::string_view query, std::string_view body) {
  Request request;
  for (const Parameter& parameter : route.parameters) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string value(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
    if (parameter.in == Parameter::In::kPath) request.path[std::string(parameter.name)] = value;
    if (parameter.in == Parameter::In::kQuery && !value.empty()) {
      request.query.emplace(parameter.name, value);
    }
  }
  if (request.path.contains("view")) request.path["view"] = "regional";
  request.body = body;
  const Response response = route.handle(request);
  DAYBOOK_CHECK(response.status != kWentWrong, "a request goes wrong");
  DAYBOOK_CHECK(
      response.content_type != "application/json" || nlohmann::json::accept(response.body),
      "an answer is not JSON");
}

}  // namespace
}  // namespace daybook::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  static const http::App app;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 0) {
    http::check_connection(app, rest);
    return 0;
  }
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  http::check_route(app.routes[data[0] % app.routes.size()], rest.substr(0, end),
                    rest.substr(std::min(end + 1, rest.size())));
  return 0;
}

#include "http/bounded_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace daybook::http {
namespace {

constexpr const char* kLength = "Content-Length";

struct Refusal {
  int status;
  std::string why;
};

// Why a request with this head is not handled.
std::optional<Refusal> refusal_of(const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding")) {
    return Refusal{411, "a body is sent with a Content-Length, not in chunks"};
  }
  if (request.get_header_value_count(kLength) > 1) {
    return Refusal{400, "there is more than one Content-Length"};
  }
  for (const auto& [name, value] : request.headers) {
    if (name.find_first_of(" \t") != std::string::npos) {
      return Refusal{400, "the name of a header has spaces"};
    }
  }
  const auto text = request.get_header_value(kLength);
  std::uint64_t bytes = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, bytes);
  if (text.empty() || rest != end || error == std::errc::invalid_argument) {
    return Refusal{400, "the Content-Length is not a number"};
  }
  if (error != std::errc{} || bytes > kMaxBodyBytes) {
    return Refusal{413, "the body is larger than " + std::to_string(kMaxBodyBytes) + " bytes"};
  }
  if (bytes > 0 && request.method != "POST") return Refusal{400, "only a POST has a body"};
  if (request.has_header("Content-Encoding")) {
    return Refusal{415, "a body is sent as it is, without a Content-Encoding"};
  }
  return std::nullopt;
}

void set_up(httplib::Request& request) {
  request.ranges.clear();
  const bool has_length = request.has_header(kLength) || request.has_header("Transfer-Encoding");
  if (!has_length) request.set_header(kLength, "0");
}

}  // namespace

BoundedServer::BoundedServer(Explain explain, const ConnectionBounds& bounds)
    : explain_(std::move(explain)), bounds_(bounds) {
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    const auto refusal = refusal_of(request);
    if (!refusal) return HandlerResponse::Unhandled;
    explain_(refusal->status, refusal->why, response);
    return HandlerResponse::Handled;
  });
}

bool BoundedServer::process_and_close_socket(socket_t socket) {
  ClientStream stream(socket, bounds_, [this] { return svr_sock_ == INVALID_SOCKET; });
  bool goes_on = true;
  for (auto left = keep_alive_max_count_; goes_on && left > 0; --left) {
    if (svr_sock_ == INVALID_SOCKET || !stream.begin_request()) break;
    bool is_understood = false;
    bool is_last = false;
    const auto look = [&](httplib::Request& request) {
      set_up(request);
      is_understood = !refusal_of(request);
      if (is_understood) return;
      request.headers.erase("Connection");
      request.set_header("Connection", "close");
    };
    goes_on = process_request(stream, left == 1, is_last, look) && !is_last;
    if (is_understood && !stream.has_failed()) continue;
    goes_on = false;
    stream.finish();
  }
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return goes_on;
}

}  // namespace daybook::http

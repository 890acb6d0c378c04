#include "broker/net/address.h"

#include <charconv>

namespace daybook::broker {

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto invalid = [&] {
    return fail(ErrorCode::kInvalid, "'" + std::string(text) +
                                         "' is not an address: expected HOST:PORT, as in "
                                         "127.0.0.1:9092, [::1]:9092 or 0.0.0.0:0");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid();
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return invalid();
  }
  constexpr std::int32_t kMaxPort = 65535;
  Endpoint endpoint{std::string(host), -1};
  const char* end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, endpoint.port);
  if (host.empty() || error != std::errc() || stop != end || endpoint.port < 0 ||
      endpoint.port > kMaxPort) {
    return invalid();
  }
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  const bool bracketed = endpoint.host.contains(':');
  return (bracketed ? "[" + endpoint.host + "]" : endpoint.host) + ":" +
         std::to_string(endpoint.port);
}

}  // namespace daybook::broker

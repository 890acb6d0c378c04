#include "http/origin_check.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

namespace daybook::http {
namespace {

constexpr std::size_t kShownBytes = 100;  // of a header, in a message

std::string lower_case(std::string_view text) {
  std::string low;
  for (const unsigned char c : text) low += static_cast<char>(std::tolower(c));
  return low;
}

// "name:8080" and "[::1]:8080" without the port and the brackets.
std::string without_port(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.find(':')));
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return ::inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

// RFC 6761 gives localhost and what is below it to the machine itself.
bool is_this_machine(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
  return host.starts_with("127.") && is_address(host);
}

std::string shown(std::string_view header) {
  std::string text;
  for (const char c : header.substr(0, kShownBytes)) text += c >= ' ' && c <= '~' ? c : '?';
  return text;
}

}  // namespace

OriginCheck::OriginCheck(std::string host)
    : host_(lower_case(host)), is_local_(is_this_machine(host_)) {}

std::string OriginCheck::refusal(std::string_view origin, std::string_view host) const {
  const auto asked = lower_case(host);
  const auto name = without_port(asked);
  if (is_local_ && !host.empty() && !is_address(name) && !is_this_machine(name) && name != host_) {
    return "the request is for " + shown(host) +
           ", a name that this server does not have: it listens on this machine alone; ask by "
           "localhost or an address, or name it in --http";
  }
  if (origin.empty()) return "";
  const auto from = lower_case(origin);
  const auto scheme = from.find("://");
  const auto page = scheme == std::string::npos ? "" : from.substr(scheme + 3);
  if (!page.empty() && (page == asked || is_this_machine(without_port(page)))) return "";
  return "the request comes from a web page of " + shown(origin) +
         ", which is not this server: pages of others may not use it";
}

}  // namespace daybook::http

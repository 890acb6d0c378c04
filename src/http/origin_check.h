// Whether a request may be a web page's that has nothing to do with us. A browser lets any page
// send requests to any address that the browser's machine reaches, this machine's own among them,
// and by a name that it lets point here (DNS rebinding) also read the answers. It says in two
// headers what it does, which a page cannot change: Origin, the address of the page, with what may
// change something; and Host, the name that was asked for. Programs send no Origin.
//
// Threads: any.

#pragma once

#include <string>
#include <string_view>

namespace daybook::http {

class OriginCheck {
 public:
  // `host`: where the server listens, a name or an address.
  explicit OriginCheck(std::string host = "localhost");

  // Why the request is refused, or nothing. Empty headers are those that were not sent.
  //
  // Origin: it must be that of Host, or of this machine (localhost, 127.0.0.0/8, [::1]), whatever
  // the ports of the latter. Host, where the server listens on this machine alone: an address,
  // localhost, or the name that it listens by. Elsewhere the names that lead to a server are not
  // known to it: containers and proxies have theirs.
  std::string refusal(std::string_view origin, std::string_view host) const;

 private:
  std::string host_;
  bool is_local_;
};

}  // namespace daybook::http

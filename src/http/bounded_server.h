// httplib's server with bounds that it lacks. Connections are read through ClientStream. Requests
// whose end could be seen at two places are refused, since behind a proxy the rest of one would be
// the next of somebody else's; and so are bodies that grow when they are unpacked. After anything
// that is refused, or not understood, the connection is closed.
//
// A body has a Content-Length, and only a POST has one. Ranges are not served: a header of 8 KB
// asks for two thousand times the same.
//
// Threads: as httplib's.

#pragma once

#include <httplib.h>

#include <functional>
#include <string_view>

#include "http/client_stream.h"

namespace daybook::http {

class BoundedServer final : public httplib::Server {
 public:
  // What is answered instead of handling a request.
  using Explain = std::function<void(int status, std::string_view why, httplib::Response&)>;

  explicit BoundedServer(Explain explain, const ConnectionBounds& bounds = {});

 private:
  bool process_and_close_socket(socket_t socket) override;

  const Explain explain_;
  const ConnectionBounds bounds_;
};

}  // namespace daybook::http

// A client's connection as httplib reads it and writes to it. httplib bounds each wait for the next
// bytes, but neither how many of them there are: a client that sent a byte every few seconds, or
// headers without an end, kept a thread for ever. Here a request has a time by which it must have
// arrived and a number of bytes, and an answer a time by which it must have been taken.
//
// Whoever reads beyond that is told that the connection has failed. What was received of the next
// request is kept for it. When the server stops, the idle time is all that a client still has.
//
// Threads: one. The socket is the caller's.

#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "http/limits.h"

namespace daybook::http {

struct ConnectionBounds {
  std::chrono::milliseconds idle_time = kKeepAlive;  // between requests
  std::chrono::milliseconds request_time = kRequestTime;
  std::chrono::milliseconds answer_time = kAnswerTime;
  std::size_t request_bytes = kMaxHeadBytes + kMaxBodyBytes;
};

class ClientStream final : public httplib::Stream {
 public:
  ClientStream(socket_t socket, const ConnectionBounds& bounds, std::function<bool()> is_stopping);

  // Waits for the first byte of a request, which from then on has its time and its bytes. False:
  // none came, or the client has gone.
  bool begin_request();
  // Whether a read or a write has failed.
  bool has_failed() const { return failed_; }
  // Ends the answer so that the client can read it, although it may still be sending.
  void finish();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* into, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  // Nobody asks who the client is.
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool wait_for(short event, Clock::time_point until) const;
  bool receive(Clock::time_point until);

  const socket_t socket_;
  const ConnectionBounds bounds_;
  const std::function<bool()> is_stopping_;
  mutable std::optional<Clock::time_point> stops_at_;  // when the server was found stopping
  std::array<char, 4096> buffer_;
  std::size_t at_ = 0;   // of what is in the buffer, the first byte not read
  std::size_t end_ = 0;  // and the end
  Clock::time_point request_until_;
  std::optional<Clock::time_point> answer_until_;  // since the first write
  std::size_t bytes_left_ = 0;
  bool failed_ = false;
};

}  // namespace daybook::http

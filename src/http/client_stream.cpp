#include "http/client_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace daybook::http {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};  // at whether the server stops

}  // namespace

ClientStream::ClientStream(socket_t socket, const ConnectionBounds& bounds,
                           std::function<bool()> is_stopping)
    : socket_(socket), bounds_(bounds), is_stopping_(std::move(is_stopping)) {}

bool ClientStream::begin_request() {
  if (at_ == end_ && !receive(Clock::now() + bounds_.idle_time)) return false;
  request_until_ = Clock::now() + bounds_.request_time;
  answer_until_.reset();
  bytes_left_ = bounds_.request_bytes;
  return true;
}

// A client that still sends would lose the answer if the socket was closed under it.
void ClientStream::finish() {
  ::shutdown(socket_, SHUT_WR);
  const auto until = Clock::now() + bounds_.idle_time;
  std::size_t left = bounds_.request_bytes;
  while (left >= buffer_.size() && receive(until)) left -= buffer_.size();
}

bool ClientStream::wait_for(short event, Clock::time_point until) const {
  while (true) {
    const auto now = Clock::now();
    if (!stops_at_ && is_stopping_()) stops_at_ = now + bounds_.idle_time;
    const auto end = stops_at_ ? std::min(until, *stops_at_) : until;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now);
    pollfd waits{socket_, event, 0};
    const auto wait = std::clamp(left, std::chrono::milliseconds(0), kBetweenLooks);
    const int ready = ::poll(&waits, 1, static_cast<int>(wait.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (end <= now) return false;
  }
}

bool ClientStream::receive(Clock::time_point until) {
  while (wait_for(POLLIN, until)) {
    const auto received = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (received <= 0) return false;
    at_ = 0;
    end_ = static_cast<std::size_t>(received);
    return true;
  }
  return false;
}

bool ClientStream::is_readable() const {
  return at_ < end_ || wait_for(POLLIN, request_until_);
}

bool ClientStream::is_writable() const {
  return wait_for(POLLOUT, answer_until_.value_or(Clock::now() + bounds_.answer_time));
}

ssize_t ClientStream::read(char* into, std::size_t size) {
  const bool is_there = at_ < end_ || (!failed_ && receive(request_until_));
  const auto taken = is_there ? std::min({size, end_ - at_, bytes_left_}) : 0;
  if (taken == 0 && size > 0) {
    failed_ = true;
    return -1;
  }
  std::memcpy(into, buffer_.data() + at_, taken);
  at_ += taken;
  bytes_left_ -= taken;
  return static_cast<ssize_t>(taken);
}

ssize_t ClientStream::write(const char* from, std::size_t size) {
  if (!answer_until_) answer_until_ = Clock::now() + bounds_.answer_time;
  while (wait_for(POLLOUT, *answer_until_)) {
    const auto sent = ::send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno != EAGAIN && errno != EINTR) break;
  }
  failed_ = true;
  return -1;
}

}  // namespace daybook::http

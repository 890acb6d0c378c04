#include "broker/net/output_queue.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace daybook::broker {
namespace {

constexpr std::size_t kMaxChunksPerCall = 64;

}  // namespace

void OutputQueue::add(wire::Encoded frame) {
  frames_.push_back(std::move(frame));
  for (const wire::Encoded::Chunk& chunk : frames_.back().chunks()) {
    chunks_.push_back({chunk, false});
  }
  chunks_.back().ends_frame = true;
}

Result<OutputQueue::Sent> OutputQueue::send(int socket, std::size_t enough_bytes) {
  Sent all;
  while (!chunks_.empty() && all.bytes < enough_bytes) {
    DAYBOOK_TRY(const std::size_t sent, send_front(socket));
    if (sent == 0) {
      all.is_blocked = true;
      break;
    }
    all.bytes += sent;
    all.freed_bytes += consume(sent);
  }
  return all;
}

Result<std::size_t> OutputQueue::send_front(int socket) const {
  const wire::BytesElsewhere* elsewhere = chunks_.front().content.elsewhere;
  return elsewhere ? elsewhere->send_to(socket, sent_of_front_) : send_memory(socket);
}

Result<std::size_t> OutputQueue::send_memory(int socket) const {
  std::array<iovec, kMaxChunksPerCall> vectors;
  std::size_t count = 0;
  for (const Chunk& chunk : chunks_) {
    if (chunk.content.elsewhere != nullptr || count == vectors.size()) break;
    const BytesView bytes = chunk.content.bytes.subspan(count == 0 ? sent_of_front_ : 0);
    vectors[count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  // What follows fills the packet up.
  const int more = count < chunks_.size() ? MSG_MORE : 0;
  for (;;) {
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | more);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return fail(ErrorCode::kUnavailable, std::strerror(errno));
  }
}

std::size_t OutputQueue::front_size() const {
  const wire::Encoded::Chunk& chunk = chunks_.front().content;
  return chunk.elsewhere ? chunk.elsewhere->size_bytes() : chunk.bytes.size();
}

std::size_t OutputQueue::consume(std::size_t size_bytes) {
  std::size_t freed = 0;
  sent_of_front_ += size_bytes;
  while (!chunks_.empty() && sent_of_front_ >= front_size()) {
    sent_of_front_ -= front_size();
    if (chunks_.front().ends_frame) {
      freed += frames_.front().memory_bytes();
      frames_.pop_front();
    }
    chunks_.pop_front();
  }
  return freed;
}

}  // namespace daybook::broker

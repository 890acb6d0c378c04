#include "io/file_system.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace daybook::io {
namespace {

constexpr std::size_t kSendBytes = 16384;

}  // namespace

Result<std::size_t> File::send_to(int socket, std::uint64_t position,
                                  std::size_t size_bytes) const {
  std::array<std::byte, kSendBytes> buffer;
  const MutableBytes wanted = MutableBytes(buffer).first(std::min(size_bytes, buffer.size()));
  DAYBOOK_TRY(const std::size_t n, read_at(position, wanted));
  if (n == 0) return fail(ErrorCode::kIo, "the file ends before what is to be sent");
  const ssize_t sent = ::send(socket, buffer.data(), n, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  return fail(ErrorCode::kUnavailable, "the other end has gone");
}

bool File::is_in_memory(std::uint64_t, std::size_t) const {
  return false;
}

}  // namespace daybook::io

#include "io/real_file.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/os_error.h"
#include "io/whole.h"

namespace daybook::io {
namespace {

// cachestat(2), Linux 6.5 and later, which the C library does not know yet. The number is the same
// on every architecture.
constexpr long kCachestat = 451;
struct CachestatRange {
  std::uint64_t position;
  std::uint64_t size_bytes;
};
struct Cachestat {  // all in pages
  std::uint64_t cached;
  std::uint64_t dirty;
  std::uint64_t in_writeback;
  std::uint64_t evicted;
  std::uint64_t recently_evicted;
};

}  // namespace

RealFile::~RealFile() {
  ::close(descriptor_);
}

Result<std::size_t> RealFile::read_at(std::uint64_t position, MutableBytes into) const {
  return read_whole(position, into,
                    [&](std::uint64_t at, MutableBytes rest) { return read_some(at, rest, 0); });
}

Result<std::size_t> RealFile::read_in_memory(std::uint64_t position, MutableBytes into) const {
  return read_whole(position, into, [&](std::uint64_t at, MutableBytes rest) {
    return read_some(at, rest, RWF_NOWAIT);
  });
}

Result<std::size_t> RealFile::read_some(std::uint64_t position, MutableBytes into,
                                        int flags) const {
  const iovec vector{into.data(), into.size()};
  for (;;) {
    const ssize_t n = ::preadv2(descriptor_, &vector, 1, static_cast<off_t>(position), flags);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN && flags != 0) {
      return fail(ErrorCode::kTimedOut, path_ + " would have to be read from the disk");
    }
    // Not every file system can tell.
    if (errno == EOPNOTSUPP && flags != 0) {
      flags = 0;
    } else if (errno != EINTR) {
      return std::unexpected(os_error(errno, "read", path_));
    }
  }
}

Result<std::size_t> RealFile::send_to(int socket, std::uint64_t position,
                                      std::size_t size_bytes) const {
  for (;;) {
    auto from = static_cast<off_t>(position);
    const ssize_t n = ::sendfile(socket, descriptor_, &from, size_bytes);
    if (n > 0) return static_cast<std::size_t>(n);
    if (n == 0) return fail(ErrorCode::kIo, path_ + " ends before what is to be sent");
    if (errno == EAGAIN) return 0;
    if (errno == EINTR) continue;
    // Not every file system can.
    if (errno == EINVAL || errno == ENOSYS) return File::send_to(socket, position, size_bytes);
    if (errno == EIO) return std::unexpected(os_error(errno, "read", path_));
    return fail(ErrorCode::kUnavailable, "the other end has gone");
  }
}

bool RealFile::is_in_memory(std::uint64_t position, std::size_t size_bytes) const {
  if (size_bytes == 0) return true;
  static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  CachestatRange range{position, size_bytes};
  Cachestat found{};
  if (::syscall(kCachestat, descriptor_, &range, &found, 0) != 0) return false;
  return found.cached > (position + size_bytes - 1) / page_bytes - position / page_bytes;
}

Status RealFile::write_at(std::uint64_t position, std::span<const BytesView> parts) {
  return write_whole(position, parts, [&](std::uint64_t at, std::span<const BytesView> rest) {
    return write_some(at, rest);
  });
}

Result<std::size_t> RealFile::write_some(std::uint64_t position, std::span<const BytesView> parts) {
  std::array<iovec, kMaxPartsPerCall> vectors;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    vectors[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};
  }
  for (;;) {
    const ssize_t n = ::pwritev(descriptor_, vectors.data(), static_cast<int>(parts.size()),
                                static_cast<off_t>(position));
    if (n > 0) return static_cast<std::size_t>(n);
    if (n == 0) return std::unexpected(os_error(EIO, "write", path_));
    if (errno != EINTR) return std::unexpected(os_error(errno, "write", path_));
  }
}

Status RealFile::sync() {
  // Not repeated on EINTR: after a failed sync nothing is known, not even whether to try again.
  if (::fdatasync(descriptor_) != 0) return std::unexpected(os_error(errno, "sync", path_));
  return {};
}

Status RealFile::truncate(std::uint64_t size_bytes) {
  while (::ftruncate(descriptor_, static_cast<off_t>(size_bytes)) != 0) {
    if (errno != EINTR) return std::unexpected(os_error(errno, "truncate", path_));
  }
  return {};
}

Result<std::uint64_t> RealFile::size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) {
    return std::unexpected(os_error(errno, "find the size of", path_));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Status RealFile::allocate(std::uint64_t size_bytes) {
  if (size_bytes == 0) return {};
  for (;;) {
    const int number = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size_bytes));
    if (number == 0) return {};
    if (number != EINTR) return std::unexpected(os_error(number, "reserve space for", path_));
  }
}

}  // namespace daybook::io

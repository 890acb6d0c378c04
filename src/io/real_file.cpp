#include "io/real_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "io/os_error.h"

namespace daybook::io {
namespace {

// The kernel accepts 1024 (IOV_MAX); fewer keep the array on the stack small.
constexpr std::size_t kMaxPartsPerCall = 128;

// What is still to be written of a list of parts.
class Remaining {
 public:
  explicit Remaining(std::span<const BytesView> parts) : parts_(parts) { skip_empty(); }

  bool done() const { return parts_.empty(); }

  std::size_t fill(std::span<iovec> vectors) const {
    const std::size_t n = std::min(vectors.size(), parts_.size());
    for (std::size_t i = 0; i < n; ++i) {
      const BytesView part = i == 0 ? parts_[0].subspan(written_of_first_) : parts_[i];
      vectors[i] = {const_cast<std::byte*>(part.data()), part.size()};
    }
    return n;
  }

  void consume(std::size_t n) {
    written_of_first_ += n;
    skip_empty();
  }

 private:
  void skip_empty() {
    while (!parts_.empty() && written_of_first_ >= parts_[0].size()) {
      written_of_first_ -= parts_[0].size();
      parts_ = parts_.subspan(1);
    }
  }

  std::span<const BytesView> parts_;
  std::size_t written_of_first_ = 0;
};

}  // namespace

RealFile::~RealFile() {
  ::close(descriptor_);
}

Result<std::size_t> RealFile::read_at(std::uint64_t position, MutableBytes into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(descriptor_, into.data() + done, into.size() - done,
                              static_cast<off_t>(position + done));
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(os_error(errno, "read", path_));
    }
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Status RealFile::write_at(std::uint64_t position, std::span<const BytesView> parts) {
  std::array<iovec, kMaxPartsPerCall> vectors;
  for (Remaining rest(parts); !rest.done();) {
    const std::size_t count = rest.fill(vectors);
    const ssize_t n = ::pwritev(descriptor_, vectors.data(), static_cast<int>(count),
                                static_cast<off_t>(position));
    if (n < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(os_error(errno, "write", path_));
    }
    if (n == 0) return std::unexpected(os_error(EIO, "write", path_));
    position += static_cast<std::uint64_t>(n);
    rest.consume(static_cast<std::size_t>(n));
  }
  return {};
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

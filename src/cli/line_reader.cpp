#include "cli/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace daybook::cli {
namespace {

constexpr int kPollMs = 100;
constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

Result<std::optional<std::string>> LineReader::next() {
  std::size_t searched = taken_;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(taken_, end - taken_);
      taken_ = end + 1;
      return line;
    }
    if (ended_) {
      if (taken_ == buffer_.size()) return std::nullopt;
      std::string line = buffer_.substr(taken_);
      taken_ = buffer_.size();
      return line;
    }
    if (buffer_.size() - taken_ > kMaxLineBytes) {
      return fail(ErrorCode::kInvalid,
                  "a line of the input is longer than " + std::to_string(kMaxLineBytes) + " bytes");
    }
    buffer_.erase(0, taken_);
    taken_ = 0;
    searched = buffer_.size();
    DAYBOOK_TRY_VOID(fill());
  }
}

Status LineReader::fill() {
  while (true) {
    if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "interrupted");
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kPollMs) == 0) continue;
    std::array<char, kReadBytes> bytes;
    const ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return fail(ErrorCode::kIo, "cannot read the input: " + std::string(std::strerror(errno)));
    }
    ended_ = count == 0;
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    return {};
  }
}

}  // namespace daybook::cli

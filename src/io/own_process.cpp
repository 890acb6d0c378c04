#include "io/own_process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "io/os_error.h"

namespace daybook::io {
namespace {

constexpr std::string_view kFirstToEnd = "1000";  // of -1000 to 1000

Status limit(decltype(RLIMIT_DATA) resource, std::size_t value, const char* what) {
  const rlimit both{value, value};
  if (::setrlimit(resource, &both) == 0) return {};
  return std::unexpected(os_error(errno, "limit", what));
}

// A courtesy to the others: it works without.
void volunteer_to_end() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, kFirstToEnd.data(), kFirstToEnd.size());
  ::close(file);
}

}  // namespace

Status limit_own_process(const OwnLimits& limits) {
  ::signal(SIGPIPE, SIG_IGN);
  volunteer_to_end();
  if (::setpriority(PRIO_PROCESS, 0, limits.niceness) != 0) {
    return std::unexpected(os_error(errno, "lower the priority of", "this process"));
  }
  DAYBOOK_TRY_VOID(limit(RLIMIT_CORE, 0, "core files"));
  if constexpr (!kBoundsOwnMemory) return {};
  return limit(RLIMIT_DATA, limits.memory_bytes, "the memory of this process");
}

// proc(5): /proc/[pid]/statm counts pages; the sixth number is data and stack.
Result<std::size_t> own_memory_bytes() {
  const std::string path = "/proc/self/statm";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::unexpected(os_error(errno, "open", path));
  char text[256] = {};
  const auto size = ::read(file, text, sizeof text - 1);
  ::close(file);
  std::size_t pages = 0;
  if (size <= 0 || std::sscanf(text, "%*u %*u %*u %*u %*u %zu", &pages) != 1) {
    return fail(ErrorCode::kIo, path + " does not say how much memory this process has");
  }
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Result<std::string> read_input(std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  std::size_t done = 0;
  while (done < size_bytes) {
    const auto size = ::read(STDIN_FILENO, bytes.data() + done, size_bytes - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected(os_error(errno, "read", "standard input"));
    if (size == 0) return fail(ErrorCode::kUnavailable, "standard input has ended");
    done += static_cast<std::size_t>(size);
  }
  return bytes;
}

Status write_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(ErrorCode::kUnavailable, "nobody reads standard output any more");
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

}  // namespace daybook::io

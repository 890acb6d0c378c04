// What the kernel alone takes for the server's part, with nothing of a broker around it.

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "base/crc32c.h"
#include "modes.h"
#include "payload.h"
#include "wire/compression.h"
#include "wire/record_reader.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;           // of a partition in a fetch
constexpr std::size_t kFileBytes = 512 * kPieceBytes;  // then it begins again

void require(bool done, const char* what) {
  if (!done) give_up(fmt::format("cannot {}: {}", what, std::strerror(errno)));
}

// Both ends of a TCP connection over loopback, as unpaced as a broker's is.
struct Ends {
  int server;
  int client;
};

Ends connect_ends() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const at = reinterpret_cast<sockaddr*>(&address);
  require(::bind(listener, at, size) == 0 && ::listen(listener, 1) == 0, "listen");
  require(::getsockname(listener, at, &size) == 0, "listen");
  Ends ends{.server = -1, .client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  require(::connect(ends.client, at, size) == 0, "connect");
  ends.server = ::accept(listener, nullptr, nullptr);
  require(ends.server >= 0, "accept");
  ::setsockopt(ends.server, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  ::close(listener);
  return ends;
}

int make_file(const Settings& settings) {
  const std::string path = settings.folder + "/bare";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(file >= 0, "make a file");
  ::unlink(path.c_str());
  return file;
}

void pin_to(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  require(::sched_setaffinity(0, sizeof(cores), &cores) == 0, "run on the server's core");
}

double cpu_seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// `server` runs in a process of its own on the server's core, until its connection ends; `client`
// here, and returns how many bytes have passed.
void measure(const Settings& settings, const std::function<void(int)>& server,
             const std::function<std::int64_t(int, Clock::time_point)>& client) {
  const Ends ends = connect_ends();
  const pid_t child = ::fork();
  require(child >= 0, "fork");
  if (child == 0) {
    ::close(ends.client);
    pin_to(settings.server_core);
    server(ends.server);
    std::_Exit(0);
  }
  ::close(ends.server);
  const Clock::time_point start = Clock::now();
  const std::int64_t bytes = client(ends.client, start + seconds_of(settings.seconds));
  const double seconds = seconds_since(start);
  ::close(ends.client);
  int status = 0;
  rusage used{};
  require(::wait4(child, &status, 0, &used) == child && status == 0, "run the server's part");
  fmt::print(R"({{"bytes": {}, "seconds": {:.4f}, "server_cpu_s": {:.4f}}})"
             "\n",
             bytes, seconds, cpu_seconds_of(used.ru_utime) + cpu_seconds_of(used.ru_stime));
}

}  // namespace

void bare_send(const Settings& settings) {
  const int file = make_file(settings);
  const Bytes piece(kPieceBytes, std::byte{'x'});
  for (std::size_t at = 0; at < kFileBytes; at += kPieceBytes) {
    require(::write(file, piece.data(), piece.size()) == std::ssize(piece), "write");
  }
  const auto send = [&](int socket) {
    ::signal(SIGPIPE, SIG_IGN);
    for (off_t at = 0;;) {
      const auto until_next = kPieceBytes - static_cast<std::size_t>(at) % kPieceBytes;
      if (::sendfile(socket, file, &at, until_next) <= 0) return;
      if (static_cast<std::size_t>(at) == kFileBytes) at = 0;
    }
  };
  measure(settings, send, [](int socket, Clock::time_point until) {
    Bytes answer(32 * kPieceBytes);
    std::int64_t bytes = 0;
    while (Clock::now() < until || bytes == 0) {
      const ssize_t n = ::recv(socket, answer.data(), answer.size(), MSG_WAITALL);
      require(n > 0, "receive");
      bytes += n;
    }
    return bytes;
  });
}

void bare_receive(const Settings& settings) {
  const int file = make_file(settings);
  Random random(1);
  const Bytes batch = make_batch(settings, random).bytes;
  Bytes request;
  for (std::int32_t i = 0; i < settings.partitions; ++i) {
    request.insert(request.end(), batch.begin(), batch.end());
  }
  const auto receive = [&](int socket) {
    Bytes room(request.size());
    const std::uint32_t expected = crc32c(batch);
    off_t at = 0;
    while (::recv(socket, room.data(), room.size(), MSG_WAITALL) == std::ssize(room)) {
      for (std::size_t from = 0; from < room.size(); from += batch.size()) {
        const MutableBytes part = MutableBytes(room).subspan(from, batch.size());
        require(crc32c(part) == expected, "receive what was sent");
        if (settings.compression != wire::Compression::kNone) {
          must(wire::decompress(settings.compression, wire::BatchView(part).record_bytes(),
                                wire::kMaxDecompressedBatchBytes));
        }
        const iovec vector{part.data(), part.size()};
        require(::pwritev(file, &vector, 1, at) == std::ssize(part), "write");
        at += std::ssize(part);
      }
    }
  };
  measure(settings, receive, [&](int socket, Clock::time_point until) {
    std::int64_t bytes = 0;
    while (bytes == 0 || (Clock::now() < until && bytes < settings.max_bytes)) {
      require(::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == std::ssize(request),
              "send");
      bytes += std::ssize(request);
    }
    return bytes;
  });
}

}  // namespace daybook::bench

#include "io/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "io/os_error.h"

namespace daybook::io {
namespace {

constexpr std::chrono::milliseconds kEndPause{2};  // between looks whether it has ended
constexpr int kExecFailed = 127;
constexpr int kFirstOther = 3;  // of the descriptors that are not standard ones

void close_descriptor(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

// Of our folder: the program is started in another one.
std::string whole_path(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).lexically_normal().string();
}

bool can_run(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

void close_others() {
  if (::close_range(kFirstOther, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  rlimit limit{};  // a kernel before 5.11
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  for (rlim_t i = kFirstOther; i < limit.rlim_cur; ++i) {
    ::fcntl(static_cast<int>(i), F_SETFD, FD_CLOEXEC);
  }
}

struct Launch {
  const char* path;
  char* const* arguments;
  char* const* environment;
  const char* folder;
  const int* pipes;
  int status;  // where the errno of a failure goes
  pid_t parent;
};

// Between fork and exec only what is safe in a copy of a process that had other threads.
[[noreturn]] void become(const Launch& launch) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(kExecFailed);  // it was gone before it could be asked
  struct sigaction by_default{};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &by_default, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int i = 0; i < kFirstOther; ++i) ::dup2(launch.pipes[i], i);
  close_others();
  if (launch.folder[0] == '\0' || ::chdir(launch.folder) == 0) {
    ::execve(launch.path, launch.arguments, launch.environment);
  }
  const int number = errno;
  [[maybe_unused]] const auto written = ::write(launch.status, &number, sizeof number);
  ::_exit(kExecFailed);
}

// Else a write to a program that has ended would end us.
void block_sigpipe() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// Ours, with what is added to it: a variable that is there stays as it is.
std::vector<std::string> with_environment(const std::vector<std::string>& added) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  for (const auto& addition : added) {
    const auto name = addition.substr(0, addition.find('='));
    if (std::getenv(name.c_str()) == nullptr) variables.push_back(addition);
  }
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Reads the errno of a failed start; 0 once the program runs.
int wait_for_start(int status) {
  int number = 0;
  ssize_t size = -1;
  do {
    size = ::read(status, &number, sizeof number);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof number) ? number : 0;
}

std::string outcome(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return "exit status " + std::to_string(info.si_status);
  return "signal " + std::to_string(info.si_status);
}

}  // namespace

Result<std::string> find_program(const std::string& name, const std::string& folder) {
  const std::filesystem::path base(folder);
  if (name.find('/') != std::string::npos) {
    const auto path = whole_path(base / name);
    if (can_run(path)) return path;
    return fail(ErrorCode::kNotFound,
                "there is no program " + path + ": write its path, and make it executable");
  }
  const char* variable = std::getenv("PATH");
  std::string_view rest(variable == nullptr ? "" : variable);
  while (!rest.empty() && !name.empty()) {
    const auto part = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const auto path = whole_path(base / part / name);
    if (!part.empty() && can_run(path)) return path;
  }
  const bool is_beside = !name.empty() && can_run(whole_path(base / name));
  return fail(ErrorCode::kNotFound,
              "there is no program " + name +
                  " in PATH: " + (is_beside ? "write ./" + name : "install it, or write its path"));
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(
    const std::vector<std::string>& command, const std::string& folder,
    const std::vector<std::string>& environment) {
  DAYBOOK_TRY(const auto path, find_program(command.front(), folder));
  auto words = command;
  auto variables = with_environment(environment);
  const auto arguments = pointers(words);
  const auto all_variables = pointers(variables);
  block_sigpipe();

  std::unique_ptr<ChildProcess> child(new ChildProcess);
  int theirs[3] = {-1, -1, -1};
  int status[2] = {-1, -1};
  auto opened = child->open_pipes(theirs);
  if (opened && ::pipe2(status, O_CLOEXEC) != 0) {
    opened = std::unexpected(os_error(errno, "open a pipe to", path));
  }
  if (opened) {
    const Launch launch{path.c_str(),   arguments.data(), all_variables.data(),
                        folder.c_str(), theirs,           status[1],
                        ::getpid()};
    child->pid_ = ::fork();
    if (child->pid_ == 0) become(launch);
    if (child->pid_ < 0) opened = std::unexpected(os_error(errno, "start", path));
  }
  for (int& descriptor : theirs) close_descriptor(descriptor);
  close_descriptor(status[1]);
  const int failure = opened ? wait_for_start(status[0]) : 0;
  close_descriptor(status[0]);
  if (!opened) return std::unexpected(std::move(opened.error()));
  if (failure != 0) {
    return std::unexpected(os_error(failure, "start", path + " in folder '" + folder + "'"));
  }
  return child;
}

// Pipe 0 is read by the program, 1 and 2 are written by it. Those of the program stand above the
// standard descriptors, so that none is taken before it has been put in its place.
Status ChildProcess::open_pipes(int (&theirs)[3]) {
  for (int i = 0; i < kFirstOther; ++i) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      return std::unexpected(os_error(errno, "open a pipe to", "a program"));
    }
    pipes_[i] = ends[i == 0 ? 1 : 0];
    int near = ends[i == 0 ? 0 : 1];
    theirs[i] = ::fcntl(near, F_DUPFD_CLOEXEC, kFirstOther);
    const int number = errno;
    close_descriptor(near);
    if (theirs[i] < 0) return std::unexpected(os_error(number, "open a pipe to", "a program"));
    ::fcntl(pipes_[i], F_SETFL, O_NONBLOCK);
  }
  return {};
}

ChildProcess::~ChildProcess() {
  end(std::chrono::milliseconds(0));
}

void ChildProcess::wait(bool to_write, std::chrono::milliseconds time) const {
  pollfd polled[3] = {
      {to_write ? pipes_[0] : -1, POLLOUT, 0}, {pipes_[1], POLLIN, 0}, {pipes_[2], POLLIN, 0}};
  ::poll(polled, 3, static_cast<int>(time.count()));
}

Result<std::size_t> ChildProcess::write(std::string_view bytes) {
  const auto size = ::write(pipes_[0], bytes.data(), bytes.size());
  if (size >= 0) return static_cast<std::size_t>(size);
  if (errno == EAGAIN || errno == EINTR) return 0;
  return fail(ErrorCode::kUnavailable, "it does not read its standard input any more");
}

Result<bool> ChildProcess::read(Stream stream, std::size_t max_bytes, std::string& into) {
  int& pipe = pipes_[stream == Stream::kOutput ? 1 : 2];
  if (pipe < 0) return false;
  const auto before = into.size();
  into.resize(before + max_bytes);
  const auto size = ::read(pipe, into.data() + before, max_bytes);
  const int number = errno;
  into.resize(before + static_cast<std::size_t>(std::max<ssize_t>(0, size)));
  if (size > 0 || (size < 0 && (number == EAGAIN || number == EINTR))) return true;
  close_descriptor(pipe);
  if (size == 0) return false;
  return std::unexpected(os_error(number, "read what is written by", "a program"));
}

bool ChildProcess::is_running() const {
  siginfo_t info{};
  const auto id = static_cast<id_t>(pid_);
  return ::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

// The group is killed before its head is reaped: until then nobody else can have its number.
std::string ChildProcess::end(std::chrono::milliseconds patience) {
  for (int& pipe : pipes_) {
    if (patience.count() == 0 || &pipe == pipes_) close_descriptor(pipe);
  }
  if (pid_ <= 0) return "it was not running";
  const auto until = std::chrono::steady_clock::now() + patience;
  while (is_running() && std::chrono::steady_clock::now() < until) {
    ::poll(nullptr, 0, static_cast<int>(kEndPause.count()));
  }
  ::kill(-pid_, SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
  pid_ = -1;
  for (int& pipe : pipes_) close_descriptor(pipe);
  return outcome(info);
}

}  // namespace daybook::io

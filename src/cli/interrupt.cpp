#include "cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "base/check.h"
#include "cli/exit_code.h"

namespace daybook::cli {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = stop_signals();
  DAYBOOK_CHECK(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0, "cannot block signals");
  // A reader that has gone away is an error of write(), not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
  receiver_ = std::jthread([this](std::stop_token end) { receive(end); });
}

Interrupt::~Interrupt() {
  receiver_.request_stop();
  // Wakes sigwait(), which then sees that it was asked to end.
  pthread_kill(receiver_.native_handle(), SIGTERM);
}

void Interrupt::receive(std::stop_token end) {
  const sigset_t signals = stop_signals();
  while (true) {
    int number = 0;
    if (sigwait(&signals, &number) != 0) continue;
    if (end.stop_requested()) return;
    if (!stop_.request_stop()) ::_exit(kInterrupted);
  }
}

void Interrupt::wait() const {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop_.get_token(), [] { return false; });
}

EndsAtOnce::EndsAtOnce(const Interrupt& interrupt)
    : ending_(interrupt.token(), [] { ::_exit(kInterrupted); }) {}

Deadline::Deadline(std::chrono::milliseconds limit, const char* message)
    : watcher_([limit, message](std::stop_token finished) {
        std::mutex mutex;
        std::condition_variable_any over;
        std::unique_lock lock(mutex);
        over.wait_for(lock, finished, limit, [] { return false; });
        if (finished.stop_requested()) return;
        std::fprintf(stderr, "daybook: %s\n", message);
        ::_exit(kFailed);
      }) {}

}  // namespace daybook::cli

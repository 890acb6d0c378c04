"""The processes that the demonstration starts, and the promise that none outlives it.

Each child has a session of its own, so Ctrl-C in the terminal reaches only the demonstration, which
then stops its children in order. Should it be killed itself, the kernel signals them (Linux's
PR_SET_PDEATHSIG). Start children from the main thread only: the kernel watches the thread.
"""
import ctypes
import os
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_started = []  # every Child, in the order of their start


class Failed(Exception):
    """Something that the user should read; the message says what to do."""


class Child:
    """A program with its error output, and its output unless that is piped, in `log`.

    A child with a piped stdin is asked to end by closing it, any other by its stop signal.
    """

    def __init__(self, name, command, log, stop_signal, stop_within_s, user=None, env=None,
                 stdin=subprocess.DEVNULL, stdout=None):
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        self._stop_within_s = stop_within_s
        self._log_start = log.stat().st_size if log.exists() else 0
        parent = os.getpid()
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}

        def become_child():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING_SIGNALS)
            _libc.prctl(_PR_SET_PDEATHSIG, stop_signal)
            if os.getppid() != parent:  # it died before the call above
                os._exit(1)

        # No signal may fall between the start and the entry in the list of what to stop.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING_SIGNALS)
        try:
            with open(log, "ab") as log_file:
                self.process = subprocess.Popen(
                    [str(part) for part in command], stdin=stdin, stdout=stdout or log_file,
                    stderr=log_file, start_new_session=True, preexec_fn=become_child,
                    env={**os.environ, **(env or {})}, cwd=log.parent, **identity)
            _started.append(self)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def output(self):
        """What this child has written to its log so far."""
        with open(self.log, "rb") as log_file:
            log_file.seek(self._log_start)
            return log_file.read().decode(errors="replace")

    def check_running(self):
        status = self.process.poll()
        if status is not None:
            tail = "\n".join("  " + line for line in self.output().splitlines()[-15:])
            how = f"signal {-status}" if status < 0 else f"status {status}"
            raise Failed(f"{self.name} ended ({how}). Its last lines ({self.log}):\n{tail}")

    def stop(self):
        """Asks it to end, then insists. True if it ended in its own time."""
        if self.process.stdin:
            try:
                self.process.stdin.close()
            except OSError:  # it has ended
                pass
        elif self.process.poll() is None:
            self.process.send_signal(self._stop_signal)
        try:
            self.process.wait(self._stop_within_s)
            return True
        except subprocess.TimeoutExpired:
            # The whole session: whatever the child started itself goes with it.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return False


def stop_all():
    """Last started, first stopped. The names of those that had to be killed."""
    return [child.name for child in reversed(_started) if not child.stop()]

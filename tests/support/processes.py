"""Processes that a test starts: output in a file, stopped by their own pid, never left over."""
import ctypes
import os
import pathlib
import re
import signal
import subprocess

from support import waiting

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Ended(AssertionError):
    """The process ended although the test still needed it."""


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A child with its output (both streams) in `log`. Leaving the `with` block stops it.

    It stays in the test's process group and is killed by the kernel if the test dies, so nothing
    survives a time limit or a `kill -9` of the test.
    """

    def __init__(self, command, log, env=None, cwd=None, stdin=subprocess.DEVNULL):
        self.command = [str(part) for part in command]
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._signalled = False
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        environment = dict(os.environ)
        environment.update({k: str(v) for k, v in (env or {}).items()})
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                self.command, stdin=stdin, stdout=out, stderr=subprocess.STDOUT, env=environment,
                cwd=cwd, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.popen.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        status = self.popen.poll()
        self.stop()
        if status is not None and status < 0 and not self._signalled:
            raise Ended(f"{self.describe()} was ended by {signal.Signals(-status).name}:\n"
                        f"{self.tail()}")

    def running(self):
        return self.popen.poll() is None

    def output(self):
        """What this process has printed so far."""
        with open(self.log, "rb") as f:
            f.seek(self._log_start)
            return f.read().decode(errors="replace")

    def wait_for(self, pattern, timeout_s=60):
        """The first match of `pattern` (a regular expression, per line) in the output."""
        expression = re.compile(pattern, re.MULTILINE)

        def look():
            ended = not self.running()  # asked first: what it printed before it ended still counts
            match = expression.search(self.output())
            if not match and ended:
                raise Ended(f"{self.describe()} ended with status {self.popen.returncode} "
                            f"before printing /{pattern}/:\n{self.tail()}")
            return match

        return waiting.until(look, timeout_s,
                             lambda: f"/{pattern}/ from {self.describe()}:\n{self.tail()}")

    def wait(self, timeout_s):
        """The exit status; fails if it has not ended in time."""
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise waiting.TimedOut(f"{self.describe()} had not ended after {timeout_s} s:\n"
                                   f"{self.tail()}") from None

    def send(self, number):
        if self.running():
            self._signalled = True
            os.kill(self.pid, number)

    def stop(self, number=signal.SIGTERM, timeout_s=30):
        """Asks it to end; kills it after `timeout_s`. Returns the exit status."""
        self.send(number)
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        self.send(signal.SIGKILL)
        return self.popen.wait()

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise Ended(f"{self.describe()} has no resident memory: it has ended")

    def describe(self):
        return f"{os.path.basename(self.command[0])} (pid {self.pid})"

    def tail(self, lines=30):
        return "\n".join(self.output().splitlines()[-lines:])


def run(command, timeout_s=120, input=None, env=None, cwd=None, check=True):
    """Runs to the end and returns the CompletedProcess (text). With `check`, a failure says why."""
    environment = dict(os.environ)
    environment.update({k: str(v) for k, v in (env or {}).items()})
    done = subprocess.run([str(part) for part in command], input=input, env=environment, cwd=cwd,
                          timeout=timeout_s, text=True, capture_output=True,
                          preexec_fn=_die_with_parent)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(done.args)}\nended with status {done.returncode}\n"
                             f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done

"""bank-sim, the program that does the bank's business on PostgreSQL."""
import re
import signal
import subprocess
import threading

from demo.children import Child, Failed

_REPORT = re.compile(r"committed=(\d+) refused=(\d+) in_flight=(\d+) state=(\w+)")


def fill(program, dsn, customers, seed):
    done = subprocess.run([program, "--dsn", dsn, "fill", "--customers", str(customers), "--seed",
                           str(seed)], capture_output=True, text=True, start_new_session=True)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())


class Driver:
    def __init__(self, program, dsn, rate, seed, log):
        self.child = Child("the bank's driver",
                           [program, "--dsn", dsn, "drive", "--rate", rate, "--seed", seed,
                            "--commands"], log, stop_signal=signal.SIGTERM, stop_within_s=5,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.committed = 0
        self._paused = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.process.stdout:
            report = _REPORT.match(line.decode(errors="replace"))
            if report:
                self.committed = int(report.group(1))
                if report.group(4) == "paused":
                    self._paused.set()

    def pause(self):
        """Returns when every transaction is committed and none follows."""
        self._paused.clear()
        self._say("pause")
        while not self._paused.wait(0.1):
            self.child.check_running()

    def resume(self):
        self._say("resume")

    def _say(self, command):
        try:
            self.child.process.stdin.write(f"{command}\n".encode())
            self.child.process.stdin.flush()
        except OSError:
            self.child.check_running()
            raise

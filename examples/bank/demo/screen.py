"""What the user sees. A terminal's live line rewrites itself; elsewhere every line is plain."""
import shutil
import sys
import time


class Screen:
    def __init__(self):
        self._terminal = sys.stdout.isatty()
        self._live = False
        self._said_at = 0.0

    def say(self, text=""):
        self._write(("\r\033[K" if self._live else "") + text + "\n")
        self._live = False

    def live(self, text, plain_every_s):
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write("\r\033[K" + text[:width])
            self._live = True
        elif time.monotonic() - self._said_at >= plain_every_s:
            self._said_at = time.monotonic()
            self._write(text + "\n")

    def end_line(self):
        """Ctrl-C leaves ^C in the live line: what follows begins a new one."""
        if self._live:
            self._write("\n")
        self._live = False

    def _write(self, text):
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:  # the terminal is gone; whoever stops us says so with a signal
            pass


def money(cents):
    return f"{cents / 100:,.2f}" if abs(cents) < 10**15 else f"{cents // 100:,}"

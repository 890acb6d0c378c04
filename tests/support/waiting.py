"""The one place where a test waits: a condition, polled against a deadline."""
import time

_POLL_S = 0.02

# For what takes a moment: a machine that is busy, or stands still for a while, fails nothing.
PATIENCE_S = 120


class TimedOut(AssertionError):
    pass


def until(condition, timeout_s, what):
    """Returns the first true value of `condition()`; after `timeout_s`, fails naming `what`.

    `what` is a string, or a function that makes one from the state at that moment.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        over = time.monotonic() >= deadline  # asked first: the last look is one after all of it
        value = condition()
        if value:
            return value
        if over:
            raise TimedOut(f"waited {timeout_s} s for {what() if callable(what) else what}")
        time.sleep(_POLL_S)

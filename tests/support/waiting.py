"""The one place where a test waits: a condition, polled against a deadline."""
import time

_POLL_S = 0.02


class TimedOut(AssertionError):
    pass


def until(condition, timeout_s, what):
    """Returns the first true value of `condition()`; after `timeout_s`, fails naming `what`.

    `what` is a string, or a function that makes one from the state at that moment.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimedOut(f"waited {timeout_s} s for {what() if callable(what) else what}")
        time.sleep(_POLL_S)

"""The log that a client test talks to: Daybook, or the Apache Kafka that proves the test right."""
import contextlib
import os

from support import daybook, kafka, scratch


def name():
    """"daybook", or "kafka" with DAYBOOK_TEST_LOG=kafka."""
    chosen = os.environ.get("DAYBOOK_TEST_LOG", "daybook")
    if chosen not in ("daybook", "kafka"):
        raise AssertionError(f"DAYBOOK_TEST_LOG is {chosen}: it may be daybook or kafka")
    return chosen


@contextlib.contextmanager
def open_log():
    """A running log on a free port, empty: .kafka is its "host:port"."""
    with scratch.folder("log") as folder:
        started = kafka.broker(folder / "kafka") if name() == "kafka" else \
            daybook.serve(folder / "data", log=folder / "daybook.log")
        with started as log:
            yield log

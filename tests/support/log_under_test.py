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


def create_topic(log, topic, partitions=1, config=()):
    """Makes a topic with the log's own tool: for tests of clients that have none."""
    options = ["--partitions", str(partitions)]
    options += [word for pair in config for word in ("--config", pair)]
    if name() == "kafka":
        kafka.tool("kafka-topics", "--bootstrap-server", log.kafka, "--create", "--topic", topic,
                   *options)
    else:
        daybook.run(["topic", "create", topic, "--bootstrap", log.kafka, *options])

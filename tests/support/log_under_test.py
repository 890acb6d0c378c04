"""The log that a test talks to: Daybook, or Apache Kafka, which proves a test of clients right and
is what an app must run on as well."""
import contextlib
import os
import unittest

from support import daybook, kafka, scratch

LOGS = ("daybook", "kafka")


def name():
    """"daybook", or "kafka" with DAYBOOK_TEST_LOG=kafka."""
    chosen = os.environ.get("DAYBOOK_TEST_LOG", LOGS[0])
    if chosen not in LOGS:
        raise AssertionError(f"DAYBOOK_TEST_LOG is {chosen}: it may be {' or '.join(LOGS)}")
    return chosen


@contextlib.contextmanager
def open_log(of=None):
    """A running log on a free port, empty: .kafka is its "host:port"."""
    with scratch.folder("log") as folder:
        started = kafka.broker(folder / "kafka") if (of or name()) == "kafka" else \
            daybook.serve(folder / "data", log=folder / "daybook.log")
        with started as log:
            yield log


def on_each(scenarios, loader):
    """For load_tests(): the tests of a class on either log, or on the one of DAYBOOK_TEST_LOG.

    `scenarios` is no TestCase by itself. All tests on one log share it: .log and .log_name.
    """
    chosen = (name(),) if "DAYBOOK_TEST_LOG" in os.environ else LOGS
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(_on(log_name, scenarios)) for log_name in chosen)


def _on(log_name, scenarios):
    def open_it(case):
        case.log = case.enterClassContext(open_log(log_name))

    return type(f"{scenarios.__name__}_{log_name}", (scenarios, unittest.TestCase),
                {"log_name": log_name, "setUpClass": classmethod(open_it)})


def create_topic(log, topic, partitions=1, config=()):
    """Makes a topic with the log's own tool: for tests of clients that have none."""
    options = ["--partitions", str(partitions)]
    options += [word for pair in config for word in ("--config", pair)]
    if isinstance(log, kafka.Broker):
        kafka.tool("kafka-topics", "--bootstrap-server", log.kafka, "--create", "--topic", topic,
                   *options)
    else:
        daybook.run(["topic", "create", topic, "--bootstrap", log.kafka, *options])

"""The log that a test talks to: Daybook, or Apache Kafka, which proves a test of clients right and
is what an app must run on as well."""
import contextlib
import os
import unittest

from support import daybook, kafka, scratch, waiting

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


def on_each(scenarios, loader, with_up=False):
    """For load_tests(): the tests of a class on either log, or on the one of DAYBOOK_TEST_LOG.

    `scenarios` is no TestCase by itself. All tests on one log share it: .log and .log_name. Where
    they start apps with daybook.start_app(), `with_up`, Daybook's log is the app's own: .log is
    None.
    """
    chosen = (name(),) if "DAYBOOK_TEST_LOG" in os.environ else LOGS
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(_on(log_name, scenarios, with_up)) for log_name in chosen)


def _on(log_name, scenarios, with_up):
    def open_it(case):
        brings_its_own = with_up and log_name == "daybook"
        case.log = None if brings_its_own else case.enterClassContext(open_log(log_name))

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
        _create_with_daybook(["topic", "create", topic, "--bootstrap", log.kafka, *options])


def _create_with_daybook(command):
    """It gives up on a log that does not answer for some seconds; the machine may stand still."""
    def made():
        done = daybook.run(command, check=False)
        if done.returncode != 0 and "nobody answers" not in done.stderr:
            raise AssertionError(f"{' '.join(command)}: {done.stderr}")
        return done.returncode == 0
    waiting.until(made, waiting.PATIENCE_S, lambda: f"an answer to {' '.join(command)}")

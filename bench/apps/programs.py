"""The two that are compared, each as its user starts it, on the core that the log does not have.

Both say how many events they have taken, for `samples` to follow.
"""
import pathlib
import re
import time

from support import daybook, java, kafka, processes, waiting

from apps import views
from log import systems

_POLL_S = 0.05
_LONGEST_S = 1800
_HEAP = "1g"


class Daybook:
    """`daybook run` with one processor or one view."""
    name = "Daybook"

    def start(self, log, folder, topic, mode, warm_up_events=0):
        folder.mkdir(parents=True)
        app = folder / "app.yaml"
        app.write_text(views.app_of(mode, folder.name, topic))
        server = daybook.run_app(app, log.kafka, folder / "state",
                                 prefix=("taskset", "-c", systems.CLIENT_CORE))
        server.mode = mode
        return server

    def events(self, running):
        if running.mode == "map":
            return views.get(running, "/processors")["processors"][0]["events_applied"]
        versions = views.versions(running)
        return versions[-1]["events_applied"] if versions else 0


class KafkaStreams:
    """The same in Kafka Streams: streams/BenchStreams.java."""
    name = "Kafka Streams"

    def __init__(self):
        self._class_path = None

    def compile(self, folder):
        source = pathlib.Path(__file__).parent / "streams" / "BenchStreams.java"
        self._class_path = java.compile([source], java.jars("kafka-apps"), folder / "classes")

    def start(self, log, folder, topic, mode, warm_up_events=0):
        folder.mkdir(parents=True)
        return processes.Process(
            ["taskset", "-c", systems.CLIENT_CORE, "java", f"-Xmx{_HEAP}",
             f"-Dlog4j2.configurationFile={kafka.PROJECT / 'log4j2.properties'}",
             "-cp", self._class_path, "BenchStreams", log.kafka, folder / "state", folder.name,
             topic, mode, warm_up_events], folder / "streams.log")

    def events(self, running):
        found = re.findall(r"^events (\d+)$", running.tail(), re.MULTILINE)
        return int(found[-1]) if found else 0


def samples(running, wanted, count, log):
    """(time, events, CPU seconds, CPU seconds of the log, resident bytes), until all are taken."""
    taken = []
    deadline = time.monotonic() + _LONGEST_S
    while not taken or taken[-1][1] < wanted:
        if not running.running():
            raise processes.Ended(f"{running.describe()} ended:\n{running.tail()}")
        if time.monotonic() > deadline:
            raise waiting.TimedOut(f"{running.describe()}: {taken[-1][1]} of {wanted} events\n"
                                   f"{running.tail()}")
        time.sleep(_POLL_S)
        taken.append((time.monotonic(), count(running), systems.cpu_s(running.pid), log.cpu_s(),
                      running.resident_bytes()))
    return taken

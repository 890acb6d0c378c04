"""A worker of Kafka Connect, distributed, with the jars of tests/tools/kafka-apps."""
import json
import urllib.error
import urllib.request

from support import java, ports, processes, waiting

DEADLINE_S = 180

_SETTINGS = """
bootstrap.servers={kafka}
group.id=connect-workers
listeners=http://127.0.0.1:{port}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
offset.storage.topic=connect-offsets
offset.storage.replication.factor=1
offset.storage.partitions=3
config.storage.topic=connect-configs
config.storage.replication.factor=1
status.storage.topic=connect-status
status.storage.replication.factor=1
status.storage.partitions=2
offset.flush.interval.ms=500
exactly.once.source.support=enabled
session.timeout.ms=15000
heartbeat.interval.ms=500
scheduled.rebalance.max.delay.ms=0
plugin.discovery=service_load
producer.transaction.timeout.ms=60000
"""


class Worker(processes.Process):
    """A Connect worker whose REST interface answers."""

    def __init__(self, kafka, folder, name, plugins=None):
        self.port = ports.free_port()
        settings = folder / f"{name}.properties"
        settings.write_text(_SETTINGS.format(kafka=kafka, port=self.port) +
                            (f"plugin.path={plugins}\n" if plugins else ""))
        super().__init__(
            java.command("org.apache.kafka.connect.cli.ConnectDistributed", [settings],
                         f"{java.jars('kafka-apps')}/*"), folder / f"{name}.log")

    def ask(self, method, path, body=None):
        """The answer to a request; None while the worker cannot give one."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        if not self.running():
            raise processes.Ended(f"the worker ended:\n{self.tail(60)}")
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
                return json.loads(answer.read() or b"true")
        except urllib.error.HTTPError as error:
            if error.code in (404, 409, 503):  # not yet, rebalancing, starting
                return None
            raise AssertionError(f"{method} {path}: {error} {error.read()}\n{self.tail(60)}")
        except OSError:
            return None

    def get(self, method, path, body=None):
        return waiting.until(lambda: self.ask(method, path, body), DEADLINE_S,
                             lambda: f"{method} {path}:\n{self.tail(60)}")

    def await_running(self, *connectors):
        def look():
            for name in connectors:
                status = self.ask("GET", f"/connectors/{name}/status")
                states = status and [status["connector"]["state"],
                                     *(task["state"] for task in status["tasks"])]
                if states and "FAILED" in states:
                    raise AssertionError(f"{status}\n{self.tail(60)}")
                if states != ["RUNNING", "RUNNING"]:
                    return False
            return True
        waiting.until(look, DEADLINE_S, lambda: f"{connectors} to run:\n{self.tail(60)}")

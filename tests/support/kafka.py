"""Apache Kafka's own broker and tools, of the version pinned in tests/tools/kafka-java/pom.xml."""
import pathlib
import re

from support import ROOT, java, ports, processes, waiting

PROJECT = ROOT / "tests" / "tools" / "kafka-java"

# One node; everything else is as Kafka's defaults have it.
_ONE_NODE = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

# What tests want besides: nothing that is old goes, and few partitions of its own are soon made.
_FOR_TESTS = """num.partitions=1
log.retention.ms=-1
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
"""


def jars():
    """The folder with every jar of tests/tools/kafka-java."""
    return java.jars("kafka-java")


def version():
    """The version that is pinned."""
    pom = (PROJECT / "pom.xml").read_text()
    return re.search(r"<kafka.version>(.+)</kafka.version>", pom).group(1)


def java_command(main_class, arguments=(), heap="256m"):
    """The command that runs a class of Kafka's jars."""
    return java.command(main_class, arguments, class_path=f"{jars()}/*", heap=heap)


TOOLS = {
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-groups": "org.apache.kafka.tools.GroupsCommand",
    "kafka-streams-groups": "org.apache.kafka.tools.streams.StreamsGroupCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "kafka-transactions": "org.apache.kafka.tools.TransactionsCommand",
    "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "kafka-features": "org.apache.kafka.tools.FeatureCommand",
    "kafka-client-metrics": "org.apache.kafka.tools.ClientMetricsCommand",
    "kafka-dump-log": "kafka.tools.DumpLogSegments",
    "kafka-storage": "kafka.tools.StorageTool",
}


def tool(name, *arguments, timeout_s=120, input=None, check=True):
    """Runs one of Kafka's command-line tools (or any class by its full name) to its end."""
    return processes.run(java_command(TOOLS.get(name, name), arguments), timeout_s=timeout_s,
                         input=input, check=check)


def start_tool(name, *arguments, log):
    """Starts a tool that runs until it is stopped."""
    return processes.Process(java_command(TOOLS.get(name, name), arguments), log)


def prepare(folder, more_settings=""):
    """Makes the folder of a one-node broker ready to be started. Its file of settings."""
    settings = pathlib.Path(folder) / "server.properties"
    if not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(more_settings + _ONE_NODE.format(
            port=ports.free_port(), controller=ports.free_port(), data=settings.parent / "data"))
        tool("kafka-storage", "format", "--ignore-formatted",
             "--cluster-id", "ZGF5Ym9vay10ZXN0cy0wMQ", "--config", str(settings))
    return settings


def address(settings):
    """"host:port" of the broker that has these settings."""
    return re.search(r"PLAINTEXT://(127.0.0.1:\d+)", settings.read_text()).group(1)


class Broker(processes.Process):
    """A one-node Apache Kafka: .kafka is "host:port". `overrides` are settings, "name=value"."""

    def __init__(self, folder, overrides=(), timeout_s=120):
        settings = prepare(folder, _FOR_TESTS)
        self.kafka = address(settings)
        options = [word for setting in overrides for word in ("--override", setting)]
        super().__init__(java_command("kafka.Kafka", [settings, *options], heap="512m"),
                         settings.parent / "broker.log")
        port = int(self.kafka.rpartition(":")[2])
        try:
            waiting.until(lambda: ports.accepts("127.0.0.1", port) or self._still_there(),
                          timeout_s, lambda: f"Apache Kafka to listen:\n{self.tail()}")
        except BaseException:
            self.kill()
            raise

    def _still_there(self):
        if not self.running():
            raise processes.Ended(f"Apache Kafka ended:\n{self.tail()}")
        return False


def broker(folder, overrides=()):
    return Broker(folder, overrides)

#!/usr/bin/env python3
"""MirrorMaker 2, exactly once, from the log under test to Apache Kafka and back: events, topics'
configurations, and the offsets of a group.
"""
# time limit: 300 s
import contextlib
import unittest

from support import cases, java, log_under_test, processes, python_clients, scratch, waiting

python_clients.enter()

import confluent_kafka as ck  # noqa: E402
from confluent_kafka import admin as ca  # noqa: E402

DEADLINE_S = 180
EVENTS = 100
READ_BY_GROUP = 60

SETTINGS = """
clusters = here, there
here.bootstrap.servers = {here}
there.bootstrap.servers = {there}
here->there.enabled = true
there->here.enabled = true
topics = orders, returns
groups = readers
replication.factor = 1
checkpoints.topic.replication.factor = 1
heartbeats.topic.replication.factor = 1
offset-syncs.topic.replication.factor = 1
config.storage.replication.factor = 1
offset.storage.replication.factor = 1
offset.storage.partitions = 1
status.storage.replication.factor = 1
status.storage.partitions = 1
emit.checkpoints.interval.seconds = 1
emit.heartbeats.interval.seconds = 1
sync.group.offsets.enabled = true
sync.group.offsets.interval.seconds = 1
sync.topic.configs.interval.seconds = 1
refresh.topics.interval.seconds = 1
refresh.groups.interval.seconds = 1
offset.lag.max = 0
offset.flush.interval.ms = 500
heartbeat.interval.ms = 500
scheduled.rebalance.max.delay.ms = 0
plugin.discovery = service_load
dedicated.mode.enable.internal.rest = true
listeners = http://127.0.0.1:0
exactly.once.source.support = enabled
"""


class Cluster:
    def __init__(self, address):
        self.address = address
        self.admin = ca.AdminClient({"bootstrap.servers": address})

    def create(self, topic, partitions, config):
        new = ca.NewTopic(topic, partitions, 1, config=config)
        self.admin.create_topics([new])[topic].result(DEADLINE_S)

    def send(self, topic, first, last):
        producer = ck.Producer({"bootstrap.servers": self.address})
        for n in range(first, last):
            producer.produce(topic, key=f"key {n}", value=f"value {n}",
                             timestamp=1_700_000_000_000 + n, headers=[("number", b"%d" % n)])
        if producer.flush(DEADLINE_S):
            raise AssertionError(f"{topic}: not all was acknowledged")

    def read(self, topic, count, group="none", commit=False):
        """The first `count` events, without those of transactions that were aborted. What the
        reader is given again, because its topic is only being made, counts once: by its offset."""
        consumer = ck.Consumer({"bootstrap.servers": self.address, "group.id": group,
                                "auto.offset.reset": "earliest", "enable.auto.commit": False,
                                "isolation.level": "read_committed",
                                "topic.metadata.refresh.interval.ms": 500})
        consumer.subscribe([topic])
        found = {}

        def look():
            for message in consumer.consume(min(100, count - len(found)), 0.1):
                if not message.error():
                    found[message.partition(), message.offset()] = message
            return len(found) >= count
        with contextlib.closing(consumer):
            waiting.until(look, DEADLINE_S, lambda: f"{count} events of {topic}, not {len(found)}")
            if commit:
                consumer.commit(asynchronous=False)
        return list(found.values())

    def config(self, topic):
        resource = ca.ConfigResource(ca.ResourceType.TOPIC, topic)
        described = self.admin.describe_configs([resource])[resource].result(DEADLINE_S)
        return {name: entry.value for name, entry in described.items()}

    def set(self, topic, name, value):
        entry = ca.ConfigEntry(name, value, incremental_operation=ca.AlterConfigOpType.SET)
        resource = ca.ConfigResource(ca.ResourceType.TOPIC, topic, incremental_configs=[entry])
        self.admin.incremental_alter_configs([resource])[resource].result(DEADLINE_S)

    def committed(self, group, topic):
        asked = self.admin.list_consumer_group_offsets([ck.ConsumerGroupTopicPartitions(group)])
        return {p.partition: p.offset for p in asked[group].result(DEADLINE_S).topic_partitions
                if p.topic == topic}


def setUpModule():
    global here, there, folder
    here = Cluster(unittest.enterModuleContext(log_under_test.open_log()).kafka)
    there = Cluster(unittest.enterModuleContext(log_under_test.open_log("kafka")).kafka)
    folder = unittest.enterModuleContext(scratch.folder("mirror"))


def start():
    settings = folder / "mirror.properties"
    settings.write_text(SETTINGS.format(here=here.address, there=there.address))
    command = java.command("org.apache.kafka.connect.mirror.MirrorMaker", [settings],
                           f"{java.jars('kafka-apps')}/*", heap="512m")
    return processes.Process(command, folder / "mirror.log")


class Mirror(unittest.TestCase):
    def test_events_configurations_and_offsets_pass_both_ways(self):
        kept = {"cleanup.policy": "compact", "retention.ms": "123456789",
                "compression.zstd.level": "5"}
        here.create("orders", 2, kept)
        there.create("returns", 2, kept)
        here.send("orders", 0, EVENTS)
        there.send("returns", 0, EVENTS)
        with start() as mirror:
            ways = ((here, "orders", there, "here.orders"),
                    (there, "returns", here, "there.returns"))
            for source, topic, target, copy in ways:
                source.read(topic, READ_BY_GROUP, group="readers", commit=True)
                self._same(source.read(topic, EVENTS), target.read(copy, EVENTS))
                self.assertEqual(kept, {name: target.config(copy)[name] for name in kept})
            for source, topic, target, copy in ways:
                source.set(topic, "retention.ms", "987654321")
                waiting.until(lambda: target.config(copy)["retention.ms"] == "987654321",
                              DEADLINE_S, lambda: f"{copy}'s configuration:\n{mirror.tail(60)}")
                self._the_group_goes_on(source, topic, target, copy, mirror)
            self.assertNotIn("InvalidConfigurationException", mirror.output())

    def _same(self, sent, copied):
        """Each event once, in its partition, with all that it had."""
        def sorted_events(events):
            return sorted((m.partition(), m.timestamp(), m.key(), m.value(), m.headers())
                          for m in events)
        self.assertEqual(sorted_events(sent), sorted_events(copied))

    def _the_group_goes_on(self, source, topic, target, copy, mirror):
        """It is never ahead of what it has read, and gets as far as that."""
        read = source.committed("readers", topic)
        self.assertEqual(sum(read.values()), READ_BY_GROUP)

        def look():
            offsets = target.committed("readers", copy)
            for partition, offset in offsets.items():
                self.assertLessEqual(offset, read[partition])
            return sum(offsets.values()) > 0
        waiting.until(look, DEADLINE_S, lambda: f"readers of {copy}:\n{mirror.tail(60)}")


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""Debezium's PostgreSQL connector on Kafka Connect, exactly once, with and without schemas in its
messages; the worker is killed in the middle; a snapshot is asked for in a topic of signals.

What it makes of every common type of column is in src/flow/testing/debezium, where tests of reading
such topics find it. DAYBOOK_RECORD=1 writes those files again.
"""
# time limit: 400 s
import json
import os
import re
import unittest

from support import (ROOT, cases, connect, java, log_under_test, postgres, processes,
                     python_clients, scratch, waiting)

python_clients.enter()

import confluent_kafka as ck  # noqa: E402

DEADLINE_S = 180
RECORDED = ROOT / "src" / "flow" / "testing" / "debezium"
CONNECTORS = {"bare": "false", "schemas": "true"}  # schemas.enable of their converters

TABLES = (RECORDED / "tables.sql").read_text()
ROW = (RECORDED / "row.sql").read_text()

CONNECTOR = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "tasks.max": "1",
    "exactly.once.support": "required",
    "plugin.name": "pgoutput",
    "publication.autocreate.mode": "filtered",
    "database.hostname": "127.0.0.1",
    "database.user": postgres.Cluster.USER,
    "database.password": postgres.Cluster.PASSWORD,
    "database.dbname": "postgres",
    "table.include.list": "public.kinds,public.part",
    "poll.interval.ms": "50",
    "heartbeat.interval.ms": "300",
    "signal.enabled.channels": "source,kafka",
    "signal.data.collection": "public.signals",
    "signal.poll.interval.ms": "200",
    "notification.enabled.channels": "sink",
    "topic.creation.default.replication.factor": "-1",
    "topic.creation.default.partitions": "1",
    "topic.creation.default.cleanup.policy": "compact",
    "topic.creation.default.compression.type": "lz4",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
}


def setUpModule():
    global log, folder, database, plugins
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("debezium"))
    database = unittest.enterModuleContext(postgres.Cluster(folder / "postgres"))
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "debezium-connector-postgres").symlink_to(java.jars("debezium"))


def connector(name):
    schemas = CONNECTORS[name]
    return {**CONNECTOR, "database.port": str(database.port), "topic.prefix": name,
            "slot.name": name, "publication.name": name,
            "signal.kafka.topic": f"{name}.signals",
            "signal.kafka.bootstrap.servers": log.kafka,
            "notification.sink.topic.name": f"{name}.notifications",
            "key.converter.schemas.enable": schemas, "value.converter.schemas.enable": schemas}


class Topic:
    """A topic's committed events: (key, value) as they are, and of parsed JSON."""

    def __init__(self, name):
        self.name, self.raw, self.events = name, [], []
        self._reader = ck.Consumer({"bootstrap.servers": log.kafka, "group.id": "none",
                                    "isolation.level": "read_committed",
                                    "enable.auto.commit": False})
        self._reader.assign([ck.TopicPartition(name, 0, 0)])

    def until(self, condition, worker):
        """Reads on until condition(events)."""
        def look():
            for message in self._reader.consume(500, 0.1):
                if message.error():
                    raise ck.KafkaException(message.error())
                self.raw.append((message.key(), message.value()))
                self.events.append(tuple(text and json.loads(text) for text in self.raw[-1]))
            if not worker.running():
                raise processes.Ended(f"the worker ended:\n{worker.tail(60)}")
            return condition(self.events)
        waiting.until(look, DEADLINE_S, lambda: f"{self.name}, at {self.events[-1:]}:\n"
                                                f"{worker.tail(60)}")

    def close(self):
        self._reader.close()


def payload(value):
    return value.get("payload", value)


def lines(events):
    """(operation, line) of each change of the table `part`."""
    changes = (payload(value) for _, value in events)
    return [(change["op"], change["after"]["line"]) for change in changes]


def without_what_differs(value):
    """A message's text without times and positions."""
    text = re.sub(r'"(ts_\w+|lsn|txId)":\d+', r'"\1":0', value.decode() if value else "null")
    return re.sub(r'"sequence":"\[[^]]*\]"', '"sequence":""', text)


class Capture(unittest.TestCase):
    def setUp(self):
        database.sql(TABLES)
        database.sql(ROW.replace("$id", "1"))
        database.sql("INSERT INTO part SELECT n FROM generate_series(1, 10) n")
        for name in CONNECTORS:
            log_under_test.create_topic(log, f"{name}.signals")

    def _open(self, table):
        topics = {name: Topic(f"{name}.public.{table}") for name in CONNECTORS}
        for topic in topics.values():
            self.addCleanup(topic.close)
        return topics

    def test_changes_are_captured_once_although_the_worker_is_killed(self):
        with connect.Worker(log.kafka, folder, "one", plugins) as worker:
            for name in CONNECTORS:
                worker.get("POST", "/connectors", {"name": name, "config": connector(name)})
            worker.await_running(*CONNECTORS)
            waiting.until(self._both_follow, DEADLINE_S, lambda: worker.tail(60))
            database.sql(ROW.replace("$id", "2"))
            database.sql("INSERT INTO kinds (id) VALUES (3)")
            database.sql("UPDATE kinds SET a_numeric = 0.01, a_text = 'changed', a_bytea = NULL "
                         "WHERE id = 2; DELETE FROM kinds WHERE id = 3")
            for name, topic in self._open("kinds").items():
                topic.until(lambda events: len(events) >= 6, worker)
                self._every_type_is_as_recorded(name, topic.raw)
            parts = self._open("part")
            self._insert(11, 500)
            for topic in parts.values():
                topic.until(lambda events: len(events) >= 100, worker)
            worker.kill()
        self._insert(501, 510)
        with connect.Worker(log.kafka, folder, "two", plugins) as worker:
            worker.await_running(*CONNECTORS)
            self._insert(511, 520)
            expected = [("r", n) for n in range(1, 11)] + [("c", n) for n in range(11, 521)]
            for topic in parts.values():
                topic.until(lambda events: len(events) >= 520, worker)
                self.assertEqual(lines(topic.events), expected)
            self._a_snapshot_is_made_when_asked_for(parts["bare"], worker)
            self.assertIn("lsn", worker.get("GET", "/connectors/bare/offsets")
                          ["offsets"][0]["offset"])
            heartbeats = Topic("__debezium-heartbeat.bare")
            self.addCleanup(heartbeats.close)
            heartbeats.until(lambda events: len(events) > 1, worker)

    def _both_follow(self):
        return database.sql("SELECT count(*) FROM pg_replication_slots WHERE active") == [["2"]]

    def _insert(self, first, last):
        """A transaction for every ten lines."""
        database.sql("\n".join(f"INSERT INTO part SELECT n FROM generate_series({n}, {n + 9}) n;"
                               for n in range(first, last, 10)))

    def _every_type_is_as_recorded(self, name, raw):
        recorded = RECORDED / f"{name}.jsonl"
        if os.environ.get("DAYBOOK_RECORD"):
            recorded.write_text("".join(
                json.dumps([text and text.decode() for text in event], ensure_ascii=False) + "\n"
                for event in raw))
        expected = [json.loads(line) for line in recorded.read_text().splitlines()]
        self.assertEqual(len(raw), len(expected))
        for (key, value), (expected_key, expected_value) in zip(raw, expected):
            self.assertEqual(key.decode(), expected_key)
            self.assertEqual(without_what_differs(value),
                             without_what_differs(expected_value and expected_value.encode()))

    def _a_snapshot_is_made_when_asked_for(self, topic, worker):
        producer = ck.Producer({"bootstrap.servers": log.kafka})
        producer.produce("bare.signals", key="bare", value=json.dumps(
            {"type": "execute-snapshot",
             "data": {"data-collections": ["public.part"], "type": "INCREMENTAL"}}))
        self.assertEqual(producer.flush(DEADLINE_S), 0)
        before = len(topic.events)
        topic.until(lambda events: len(events) >= before + 520, worker)
        self.assertEqual(lines(topic.events[before:]), [("r", n) for n in range(1, 521)])


if __name__ == "__main__":
    cases.main()

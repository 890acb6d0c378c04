#!/usr/bin/env python3
"""Spark Structured Streaming reads and writes: a copy with headers and a count by key, killed with
kill -9 in the middle and resumed from its checkpoints; and batch queries, by time too.
"""
# time limit: 400 s
import collections
import unittest

from support import (ROOT, cases, log_under_test, processes, python_clients, scratch, spark,
                     waiting)

python_clients.enter()

import confluent_kafka as ck  # noqa: E402
from confluent_kafka import admin as ca  # noqa: E402

DEADLINE_S = 200
EVENTS = 4_000
AHEAD = 1_000
BATCH = 1_000  # what SparkCounts.java takes at once
KEYS = 10
START_MS = 1_700_000_000_000


def setUpModule():
    global log, folder, class_path
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("spark"))
    class_path = spark.compile(ROOT / "tests/clients/SparkCounts.java", folder / "classes")


def start(name, *arguments):
    return processes.Process(
        spark.command("SparkCounts", [log.kafka, folder / "state", *arguments], class_path, folder),
        folder / f"{name}.log")


class Streaming(unittest.TestCase):
    def setUp(self):
        admin = ca.AdminClient({"bootstrap.servers": log.kafka})
        for future in admin.create_topics([
                ca.NewTopic("events", 3, 1), ca.NewTopic("copied", 1, 1),
                ca.NewTopic("counts", 1, 1), ca.NewTopic("found", 1, 1)]).values():
            future.result(DEADLINE_S)
        self.producer = ck.Producer({"bootstrap.servers": log.kafka, "linger.ms": 5,
                                     "compression.type": "lz4"})
        self.reader = ck.Consumer({"bootstrap.servers": log.kafka, "group.id": "none",
                                   "enable.auto.commit": False, "enable.partition.eof": True})
        self.addCleanup(self.reader.close)
        self.sent = 0

    def _send(self, upto):
        for n in range(self.sent, upto):
            self.producer.produce("events", key=b"key-%d" % (n % KEYS), value=b"%d" % n,
                                  headers=[("n", b"%d" % n)], timestamp=START_MS + n)
        self.sent = max(self.sent, upto)
        self.producer.poll(0)

    def _read(self, topic):
        """Every message of a topic as it is now."""
        self.reader.assign([ck.TopicPartition(topic, 0, 0)])
        found = []

        def at_the_end():
            for message in self.reader.consume(1000, 0.2):
                if message.error() is None:
                    found.append(message)
                elif message.error().code() == ck.KafkaError._PARTITION_EOF:
                    return True
                else:
                    raise ck.KafkaException(message.error())
            return False

        waiting.until(at_the_end, DEADLINE_S, lambda: f"the end of {topic}")
        return found

    def _follow(self, count, program):
        self.reader.assign([ck.TopicPartition("copied", 0, 0)])
        seen = 0

        def look():
            nonlocal seen
            self._send(min(EVENTS, seen + AHEAD))
            seen += sum(m.error() is None for m in self.reader.consume(1000, 0.2))
            if not program.running():
                raise processes.Ended(f"Spark ended:\n{program.tail(60)}")
            return seen >= count

        waiting.until(look, DEADLINE_S, lambda: f"{count} events; {seen} seen\n{program.tail()}")

    def test_streams_are_complete_although_spark_is_killed(self):
        with start("killed", "run") as program:
            self._follow(EVENTS // 3, program)
            program.kill()
        self.assertLess(self.sent, EVENTS)
        self._send(EVENTS)
        self.assertEqual(self.producer.flush(DEADLINE_S), 0)
        with start("resumed", "finish", str(START_MS + EVENTS - 1000)) as program:
            self.assertEqual(program.wait(DEADLINE_S), 0, program.tail(60))
        self._check_the_copy()
        last = {m.key(): int(m.value()) for m in self._read("counts")}
        self.assertEqual(last, {b"key-%d" % k: EVENTS // KEYS for k in range(KEYS)})
        # The offset of a time is asked of each partition; all later events come after it here.
        self.assertEqual([m.value() for m in self._read("found")], [b"1000"])

    def _check_the_copy(self):
        """Spark's sink writes at least once: everything is there as it was, and what comes twice
        is no more than the batch that the kill cut off."""
        seen = collections.Counter()
        for message in self._read("copied"):
            n = int(message.value())
            self.assertEqual((message.key(), message.headers()),
                             (b"key-%d" % (n % KEYS), [("n", b"%d" % n)]))
            seen[n] += 1
        self.assertEqual(sorted(seen), list(range(EVENTS)))
        self.assertLessEqual(max(seen.values()), 2)
        self.assertLessEqual(sum(seen.values()) - EVENTS, BATCH)


if __name__ == "__main__":
    cases.main()

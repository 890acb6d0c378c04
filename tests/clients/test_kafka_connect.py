#!/usr/bin/env python3
"""Kafka Connect, distributed: its file source, exactly once, and its file sink; the worker is
killed with kill -9 and finds connectors, offsets and states in its topics again.
"""
# time limit: 300 s
import unittest

from support import cases, connect, log_under_test, processes, python_clients, scratch, waiting

python_clients.enter()

import confluent_kafka as ck  # noqa: E402
from confluent_kafka import admin as ca  # noqa: E402

DEADLINE_S = 180
LINES = 6_000
AHEAD = 1_000  # lines that are in the file before they are seen: there is always work to lose


def setUpModule():
    global log, folder
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("connect"))


def start_worker(name):
    return connect.Worker(log.kafka, folder, name)


class Distributed(unittest.TestCase):
    def setUp(self):
        self.source, self.sink = folder / "source.txt", folder / "sink.txt"
        self.written, self.seen = 0, []
        self.reader = ck.Consumer({"bootstrap.servers": log.kafka, "group.id": "none",
                                   "isolation.level": "read_committed",
                                   "enable.auto.commit": False})
        self.addCleanup(self.reader.close)

    def _follow(self, count, worker):
        """Until `count` lines are in the topic, appending to the file, not too far ahead."""
        def look():
            upto = min(LINES, len(self.seen) + AHEAD)
            if self.written < upto:
                with open(self.source, "a") as file:
                    file.writelines(f"line {n}\n" for n in range(self.written, upto))
                self.written = upto
            for message in self.reader.consume(500, 0.1):
                if message.error():
                    raise ck.KafkaException(message.error())
                self.seen.append(message.value().decode())
            if not worker.running():
                raise processes.Ended(f"the worker ended:\n{worker.tail(60)}")
            return len(self.seen) >= count
        waiting.until(look, DEADLINE_S, lambda: f"{count} lines; {len(self.seen)} of "
                                                f"{self.written} seen:\n{worker.tail(60)}")

    def test_lines_pass_from_file_to_file_although_the_worker_is_killed(self):
        admin = ca.AdminClient({"bootstrap.servers": log.kafka})
        admin.create_topics([ca.NewTopic("lines", 1, 1)])["lines"].result(DEADLINE_S)
        self.reader.assign([ck.TopicPartition("lines", 0, 0)])
        with start_worker("one") as worker:
            worker.get("POST", "/connectors", {"name": "source", "config": {
                "connector.class": "FileStreamSource", "tasks.max": "1", "topic": "lines",
                "file": str(self.source), "batch.size": "100"}})
            worker.get("POST", "/connectors", {"name": "sink", "config": {
                "connector.class": "FileStreamSink", "tasks.max": "1", "topics": "lines",
                "file": str(self.sink), "consumer.override.isolation.level": "read_committed"}})
            worker.await_running("source", "sink")
            self._follow(LINES // 2, worker)
            worker.kill()
        with start_worker("two") as worker:
            waiting.until(lambda: sorted(worker.ask("GET", "/connectors") or ()) ==
                          ["sink", "source"], DEADLINE_S, lambda: worker.tail(60))
            worker.await_running("source", "sink")
            self._follow(LINES, worker)
            lines = [f"line {n}" for n in range(LINES)]
            self.assertEqual(self.seen, lines)
            # The sink may write again what it had not committed, and nothing else.
            waiting.until(lambda: self.sink.read_text().endswith(f"line {LINES - 1}\n"),
                          DEADLINE_S, lambda: f"the sink:\n{worker.tail(60)}")
            self._in_order_with_repeats(self.sink.read_text().splitlines(), lines)
            self._its_offsets_are_shown_and_reset(worker, admin)
        self._its_topics_are_compacted(admin)

    def _in_order_with_repeats(self, found, lines):
        numbers = [int(line.removeprefix("line ")) for line in found]
        self.assertEqual(sorted(set(numbers)), list(range(len(lines))))
        back = [n for n, (a, b) in enumerate(zip(numbers, numbers[1:])) if b != a + 1]
        self.assertLessEqual(len(back), 1, "the order was lost")

    def _its_offsets_are_shown_and_reset(self, worker, admin):
        position = worker.get("GET", "/connectors/source/offsets")["offsets"]
        self.assertEqual([p["offset"]["position"] for p in position],
                         [self.source.stat().st_size])
        worker.get("PUT", "/connectors/sink/stop")
        waiting.until(lambda: worker.get("GET", "/connectors/sink/status")["connector"]["state"]
                      == "STOPPED", DEADLINE_S, "the sink to stop")
        # Its task ends a moment later, and commits; until then no offsets are reset.
        waiting.until(lambda: self._members(admin, "connect-sink") == 0, DEADLINE_S,
                      "the sink's task to leave its group")
        # The file source's transactions leave markers behind the last line.
        offset, = worker.get("GET", "/connectors/sink/offsets")["offsets"]
        self.assertGreaterEqual(offset["offset"]["kafka_offset"], LINES)
        worker.get("DELETE", "/connectors/sink/offsets")
        self.assertEqual(worker.get("GET", "/connectors/sink/offsets")["offsets"], [])
        for name in ("sink", "source"):
            worker.get("DELETE", f"/connectors/{name}")
        waiting.until(lambda: worker.ask("GET", "/connectors") == [], DEADLINE_S,
                      "the connectors to go")

    @staticmethod
    def _members(admin, group):
        return len(admin.describe_consumer_groups([group])[group].result(DEADLINE_S).members)

    def _its_topics_are_compacted(self, admin):
        for topic in ("connect-offsets", "connect-configs", "connect-status"):
            resource = ca.ConfigResource(ca.ResourceType.TOPIC, topic)
            configs = admin.describe_configs([resource])[resource].result(DEADLINE_S)
            self.assertEqual(configs["cleanup.policy"].value, "compact")


if __name__ == "__main__":
    cases.main()

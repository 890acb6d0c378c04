#!/usr/bin/env python3
# time limit: 600 s
"""A group of Kafka's Java consumers is rolled from the classic protocol to the consumer protocol
and back, one consumer at a time, while records come. One classic consumer and the server are killed
(`kill -9`) on the way there, the server again on the way back. Every record is read, and none again
after its offset was committed. With members that rebalance at once (`range`) and that do so by and
by (`cooperative-sticky`).
"""
import json
import signal
import sqlite3
import threading
import unittest

from support import cases, daybook, kafka, log_under_test, ports, python_clients, scratch, waiting

python_clients.enter()

from confluent_kafka import Producer  # noqa: E402: the venv's

DEADLINE_S = 120
PARTITIONS = 6
CONSUMER = ("--group-protocol", "consumer")


class Member:
    """Kafka's verifiable consumer: it commits what it reads, and reports what it does."""

    def __init__(self, test, name, *options):
        self.name = name
        self.process = kafka.start_tool(
            "kafka-verifiable-consumer", "--bootstrap-server", test.address, "--topic", "t",
            "--group-id", "g", "--reset-policy", "earliest", "--verbose", *options,
            log=test.folder / f"{name}.log")
        test.enterContext(self.process)
        test.members.append(self)
        self._taken = 0     # characters of its output
        self._held = set()
        self._reads = []    # (when, partition, offset, value)
        self._commits = []  # (when, partition, the next offset to read), of those that succeeded

    def _look(self):
        """Takes in the reports that have come since the last look."""
        new = self.process.output()[self._taken:]
        new = new[:new.rfind("\n") + 1]
        self._taken += len(new)
        for report in (json.loads(line) for line in new.splitlines() if line.startswith("{")):
            partitions = {each["partition"] for each in report.get("partitions", ())
                          if isinstance(each, dict)}
            if report["name"] == "partitions_assigned":
                self._held |= partitions
            elif report["name"] in ("partitions_revoked", "partitions_lost"):
                self._held -= partitions
            elif report["name"] == "record_data":
                self._reads.append((report["timestamp"], report["partition"], report["offset"],
                                    report["value"]))
            elif report["name"] == "offsets_committed" and report["success"]:
                self._commits += [(report["timestamp"], each["partition"], each["offset"])
                                  for each in report["offsets"]]

    def held(self):
        self._look()
        return self._held

    def reads(self):
        self._look()
        return self._reads

    def commits(self):
        self._look()
        return self._commits

    def leave(self):
        self.process.stop(signal.SIGTERM, 60)


class Load:
    """A record into each partition, again and again."""

    def __init__(self, address):
        self.values, self._stop = [], threading.Event()
        self._producer = Producer({"bootstrap.servers": address, "acks": "all", "log_level": 0,
                                   "enable.idempotence": True})
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(0.2):
            for partition in range(PARTITIONS):
                value = f"{len(self.values)}"
                self._producer.produce("t", value, partition=partition)
                self.values.append(value)
            self._producer.poll(0)

    def end(self):
        self._stop.set()
        self._thread.join()
        return self._producer.flush(DEADLINE_S)


class RolledThereAndBack(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("kill-group-migration"))
        self.address = f"127.0.0.1:{ports.free_port()}"
        self.members, self.server = [], None
        self._start()
        self.addCleanup(lambda: self.server.kill())
        log_under_test.create_topic(self.server, "t", partitions=PARTITIONS)
        self.load = Load(self.address)
        self.addCleanup(self.load.end)

    def _start(self):
        self.server = daybook.serve(self.folder / "data", "--group-migration-policy",
                                    "bidirectional", kafka=self.address,
                                    log=self.folder / "daybook.log")

    def _kill_server(self):
        self.server.kill()
        self._start()

    def _protocol(self):
        with sqlite3.connect(f"file:{self.folder}/data/catalog.db?mode=ro", uri=True) as catalog:
            return catalog.execute("SELECT protocol FROM consumer_group "
                                   "WHERE group_id = 'g'").fetchone()[0]

    def _share(self, *members):
        """All partitions are held by these members, each by one, and what they read goes on."""
        def met():
            held = [member.held() for member in members]
            return all(held) and sum(map(len, held)) == PARTITIONS and \
                set.union(*held) == set(range(PARTITIONS))
        waiting.until(met, DEADLINE_S, lambda: "\n".join(
            f"{member.name}: {member.held()}\n{member.process.tail()}" for member in members))
        before = [len(member.reads()) for member in members]
        waiting.until(lambda: all(len(member.reads()) > count
                                  for member, count in zip(members, before)), DEADLINE_S,
                      lambda: "\n".join(member.process.tail() for member in members))

    def _check_records(self):
        self.assertEqual(self.load.end(), 0)
        expected = set(self.load.values)
        read = lambda: {each[3] for member in self.members for each in member.reads()}  # noqa: E731
        waiting.until(lambda: read() >= expected, DEADLINE_S,
                      lambda: f"{len(expected - read())} are missing")
        events = sorted(
            [(when, 0, partition, offset, member.name) for member in self.members
             for when, partition, offset, _ in member.reads()] +
            [(when, 1, partition, offset, member.name) for member in self.members
             for when, partition, offset in member.commits()])
        committed = dict.fromkeys(range(PARTITIONS), 0)
        for when, is_commit, partition, offset, name in events:
            if is_commit:
                committed[partition] = max(committed[partition], offset)
            else:
                self.assertGreaterEqual(offset, committed[partition],
                                        f"{name} read {partition}:{offset} again at {when}")

    def _roll(self, *classic):
        one = Member(self, "one", *classic)
        two = Member(self, "two", *classic, "--session-timeout", "10000")  # it will be killed
        self._share(one, two)
        self.assertEqual(self._protocol(), "classic")
        three = Member(self, "three", *CONSUMER)
        self._share(one, two, three)
        self.assertEqual(self._protocol(), "consumer")
        one.leave()
        self._share(two, three)
        self._kill_server()
        self._share(two, three)
        two.process.kill()
        four = Member(self, "four", *CONSUMER)
        self._share(three, four)

        five = Member(self, "five", *classic)
        self._share(three, four, five)
        three.leave()
        self._share(four, five)
        self._kill_server()
        six = Member(self, "six", *classic)
        self._share(four, five, six)
        self.assertEqual(self._protocol(), "consumer")
        four.leave()
        self._share(five, six)
        self.assertEqual(self._protocol(), "classic")
        self._kill_server()
        self._share(five, six)
        self._check_records()

    def test_members_that_rebalance_at_once(self):
        self._roll("--assignment-strategy", "org.apache.kafka.clients.consumer.RangeAssignor")

    def test_members_that_rebalance_by_and_by(self):
        self._roll("--assignment-strategy",
                   "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")


if __name__ == "__main__":
    cases.main()

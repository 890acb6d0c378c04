#!/usr/bin/env python3
"""Consumer groups as Apache Kafka's tools see them, of the classic and of the consumer protocol."""
# time limit: 420 s
import json
import re
import signal
import unittest

from support import cases, kafka, log_under_test, scratch, waiting

DEADLINE_S = 90


def setUpModule():
    global log, folder
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("java-groups"))


def groups(*arguments, **options):
    return kafka.tool("kafka-consumer-groups", "--bootstrap-server", log.kafka, *arguments,
                      **options)


def consume(topic, count, group, *options):
    return kafka.tool("kafka-console-consumer", "--bootstrap-server", log.kafka, "--topic", topic,
                      "--group", group, "--max-messages", str(count), "--timeout-ms",
                      str(DEADLINE_S * 1000), "--command-property", "auto.offset.reset=earliest",
                      *options, timeout_s=DEADLINE_S + 30).stdout.splitlines()


def fill(topic, values, partitions=1):
    log_under_test.create_topic(log, topic, partitions=partitions)
    kafka.tool("kafka-console-producer", "--bootstrap-server", log.kafka, "--topic", topic,
               input="".join(f"{value}\n" for value in values))


class Tools(unittest.TestCase):
    def test_offsets_are_described_reset_and_deleted(self):
        fill("admin", range(10))
        self.assertEqual(consume("admin", 10, "g-admin"), [str(n) for n in range(10)])
        listed = groups("--list", "--state").stdout
        self.assertRegex(listed, r"(?m)^g-admin\s+Empty")
        described = groups("--describe", "--group", "g-admin").stdout
        self.assertRegex(described, r"g-admin +admin +0 +10 +10 +0 +-")
        groups("--reset-offsets", "--group", "g-admin", "--topic", "admin", "--to-offset", "4",
               "--execute")
        self.assertEqual(consume("admin", 6, "g-admin"), [str(n) for n in range(4, 10)])
        groups("--delete-offsets", "--group", "g-admin", "--topic", "admin")
        self.assertEqual(consume("admin", 10, "g-admin"), [str(n) for n in range(10)])
        self.assertIn("Deletion of requested consumer groups ('g-admin') was successful",
                      groups("--delete", "--group", "g-admin").stdout)
        self.assertNotIn("g-admin", groups("--list").stdout)


class ConsumerProtocol(unittest.TestCase):
    """KIP-848: the server assigns."""
    NEW = ("--command-property", "group.protocol=consumer")

    def test_a_group_resumes_where_it_committed(self):
        fill("resumed", range(30))
        first = consume("resumed", 20, "g-resumed", *self.NEW)
        second = consume("resumed", 10, "g-resumed", *self.NEW)
        self.assertEqual(first + second, [str(n) for n in range(30)])

    def test_topics_are_found_by_pattern(self):
        fill("pattern-a", ["a"])
        fill("pattern-b", ["b"])
        found = kafka.tool("kafka-console-consumer", "--bootstrap-server", log.kafka, "--include",
                           "pattern-.*", "--group", "g-pattern", "--max-messages", "2",
                           "--timeout-ms", str(DEADLINE_S * 1000), "--command-property",
                           "auto.offset.reset=earliest", *self.NEW,
                           timeout_s=DEADLINE_S + 30).stdout.splitlines()
        self.assertEqual(sorted(found), ["a", "b"])

    def _consumer(self, name, *options):
        return kafka.start_tool(
            "kafka-verifiable-consumer", "--bootstrap-server", log.kafka, "--topic", "shared",
            "--group-id", "g-shared", "--group-protocol", "consumer", "--reset-policy", "earliest",
            "--verbose", *options, log=folder / f"{name}.log")

    @staticmethod
    def _reports(consumer):
        return [json.loads(line) for line in consumer.output().splitlines()
                if line.startswith("{")]

    def _held(self, consumer):
        """What the member holds after all the changes that it reported."""
        held = set()
        for report in self._reports(consumer):
            partitions = {p["partition"] for p in report.get("partitions", []) if "partition" in p}
            if report["name"] == "partitions_assigned":
                held |= partitions
            elif report["name"] == "partitions_revoked":
                held -= partitions
        return held

    def _values(self, *consumers):
        return [int(report["value"]) for consumer in consumers
                for report in self._reports(consumer) if report["name"] == "record_data"]

    def test_members_share_partitions_and_take_over_from_each_other(self):
        log_under_test.create_topic(log, "shared", partitions=4)
        with self._consumer("one") as one:
            waiting.until(lambda: self._held(one) == {0, 1, 2, 3}, DEADLINE_S, one.tail)
            with self._consumer("two") as two:
                waiting.until(lambda: len(self._held(one)) == len(self._held(two)) == 2 and
                              not self._held(one) & self._held(two), DEADLINE_S,
                              lambda: one.tail() + two.tail())
                kafka.tool("kafka-verifiable-producer", "--bootstrap-server", log.kafka,
                           "--topic", "shared", "--max-messages", "2000", "--acks", "-1")
                waiting.until(lambda: len(self._values(one, two)) >= 2000, DEADLINE_S,
                              lambda: one.tail() + two.tail())
                self.assertEqual(sorted(self._values(one, two)), list(range(2000)))
                state = groups("--describe", "--group", "g-shared", "--state").stdout
                self.assertRegex(state, r"g-shared .*uniform +Stable +2")
                members = groups("--describe", "--group", "g-shared", "--members").stdout
                self.assertEqual(len(re.findall(r"(?m)^g-shared ", members)), 2)
                two.stop(signal.SIGTERM, 30)
            waiting.until(lambda: self._held(one) == {0, 1, 2, 3}, DEADLINE_S, one.tail)
            one.stop(signal.SIGTERM, 30)
        described = groups("--describe", "--group", "g-shared", "--offsets").stdout
        lags = re.findall(r"(?m)^g-shared +shared +\d +(\d+) +(\d+) +(\d+)", described)
        self.assertEqual(sum(int(current) for current, _, _ in lags), 2000, described)
        self.assertEqual({lag for _, _, lag in lags}, {"0"})


if __name__ == "__main__":
    cases.main()

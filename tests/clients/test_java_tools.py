#!/usr/bin/env python3
"""Apache Kafka's own tools: topics, console producer and consumer, configs, verifiable clients in
groups of every kind.
"""
# time limit: 360 s
import json
import re
import signal
import unittest

from support import cases, kafka, log_under_test, scratch, waiting

DEADLINE_S = 60


def setUpModule():
    global log, folder
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("java"))


def tool(name, *arguments, **options):
    return kafka.tool(name, "--bootstrap-server", log.kafka, *arguments, **options).stdout


def topics(*arguments, **options):
    return tool("kafka-topics", *arguments, **options)


def consume(topic, count, *options):
    return tool("kafka-console-consumer", "--topic", topic, "--max-messages", str(count),
                "--timeout-ms", str(DEADLINE_S * 1000), *options).splitlines()


class Topics(unittest.TestCase):
    def test_a_topic_is_created_listed_described_and_deleted(self):
        topics("--create", "--topic", "life", "--partitions", "3", "--config",
               "retention.ms=86400000")
        self.assertIn("life", topics("--list").splitlines())
        described = topics("--describe", "--topic", "life")
        self.assertIn("PartitionCount: 3", described)
        self.assertIn("retention.ms=86400000", described)
        self.assertEqual(len(re.findall(r"Partition: \d\s+Leader: 1\s+Replicas: 1\s+Isr: 1",
                                        described)), 3)
        topics("--delete", "--topic", "life")
        waiting.until(lambda: "life" not in topics("--list").splitlines(), DEADLINE_S,
                      "the topic to go")

    def test_a_topic_that_exists_is_refused_with_kafkas_words(self):
        topics("--create", "--topic", "taken")
        refused = kafka.tool("kafka-topics", "--bootstrap-server", log.kafka, "--create",
                             "--topic", "taken", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("TopicExistsException", refused.stdout + refused.stderr)

    def test_configs_of_topic_and_broker_are_described(self):
        topics("--create", "--topic", "configured", "--config", "cleanup.policy=compact")
        described = tool("kafka-configs", "--describe", "--all", "--entity-type", "topics",
                         "--entity-name", "configured")
        self.assertRegex(described, r"cleanup\.policy=compact .*DYNAMIC_TOPIC_CONFIG")
        self.assertRegex(described, r"max\.message\.bytes=1048588 ")
        broker = tool("kafka-configs", "--describe", "--all", "--entity-type", "brokers",
                      "--entity-name", "1")
        self.assertRegex(broker, r"default\.replication\.factor=1 ")


class Console(unittest.TestCase):
    def test_keys_headers_and_values_go_round_in_every_codec(self):
        topics("--create", "--topic", "console")
        expected = []
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            lines = [f"h:{codec},n:{n}\tkey{n % 5}\tvalue {n} {codec}" for n in range(500)]
            kafka.tool("kafka-console-producer", "--bootstrap-server", log.kafka, "--topic",
                       "console", "--compression-codec", codec,
                       "--reader-property", "parse.key=true",
                       "--reader-property", "parse.headers=true",
                       input="".join(line + "\n" for line in lines))
            expected += lines
        received = consume("console", len(expected), "--from-beginning",
                           "--formatter-property", "print.key=true",
                           "--formatter-property", "print.headers=true",
                           "--formatter-property", "print.offset=true",
                           "--formatter-property", "print.partition=true")
        self.assertEqual(received, [f"Partition:0\tOffset:{n}\t{line}"
                                    for n, line in enumerate(expected)])

    def test_a_group_resumes_where_it_committed(self):
        kafka.tool("kafka-console-producer", "--bootstrap-server", log.kafka, "--topic", "resumed",
                   input="".join(f"{n}\n" for n in range(30)))
        group = ("--group", "g-console", "--command-property", "auto.offset.reset=earliest")
        first = consume("resumed", 20, *group)
        second = consume("resumed", 10, *group)
        self.assertEqual(first + second, [str(n) for n in range(30)])

    def test_offsets_are_listed_by_time(self):
        kafka.tool("kafka-console-producer", "--bootstrap-server", log.kafka, "--topic", "offsets",
                   input="a\nb\nc\n")
        for time, offset in (("earliest", 0), ("latest", 3), ("0", 0)):
            listed = tool("kafka-get-offsets", "--topic", "offsets", "--time", time)
            self.assertEqual(listed.strip(), f"offsets:0:{offset}")


class Verifiable(unittest.TestCase):
    """Kafka's own system-test clients: they report what they did as JSON, one object per line."""

    @staticmethod
    def _reports(process, name):
        found = []
        for line in process.output().splitlines():
            if line.startswith("{"):
                report = json.loads(line)
                if report["name"] == name:
                    found.append(report)
        return found

    def _consumer(self, name, topic, *options):
        return kafka.start_tool(
            "kafka-verifiable-consumer", "--bootstrap-server", log.kafka, "--topic", topic,
            "--group-id", f"g-{topic}", "--session-timeout", "10000", "--reset-policy", "earliest",
            "--verbose", *options, log=folder / f"{topic}-{name}.log")

    def _assigned(self, consumer):
        """What the member holds after all the changes that it reported."""
        held = set()
        for line in consumer.output().splitlines():
            report = json.loads(line) if line.startswith("{") else {"name": ""}
            partitions = {p["partition"] for p in report.get("partitions", []) if "partition" in p}
            if report["name"] == "partitions_assigned":
                held |= partitions
            elif report["name"] == "partitions_revoked":
                held -= partitions
        return held

    def _values(self, consumer):
        return [report["value"] for report in self._reports(consumer, "record_data")]

    def _produce(self, topic, count, prefix):
        produced = kafka.tool("kafka-verifiable-producer", "--bootstrap-server", log.kafka,
                              "--topic", topic, "--max-messages", str(count), "--acks", "-1",
                              "--value-prefix", prefix)
        summary = json.loads(produced.stdout.splitlines()[-1])
        self.assertEqual((summary["sent"], summary["acked"]), (count, count))

    def _share(self, topic, *options):
        """Two members share, one takes over; what was acknowledged is consumed once."""
        topics("--create", "--topic", topic, "--partitions", "4")
        with self._consumer("one", topic, *options) as one, \
                self._consumer("two", topic, *options) as two:
            waiting.until(lambda: len(self._assigned(one)) == len(self._assigned(two)) == 2,
                          DEADLINE_S, lambda: one.tail() + two.tail())
            self._produce(topic, 4000, "1")
            waiting.until(lambda: len(self._values(one)) + len(self._values(two)) >= 4000,
                          DEADLINE_S, lambda: one.tail() + two.tail())
            self.assertEqual(sorted(self._values(one) + self._values(two)),
                             sorted(f"1.{n}" for n in range(4000)))
            two.stop(signal.SIGTERM, 30)
            waiting.until(lambda: self._assigned(one) == {0, 1, 2, 3}, DEADLINE_S, one.tail)
            self._produce(topic, 400, "2")
            waiting.until(lambda: len(self._values(one)) + len(self._values(two)) >= 4400,
                          DEADLINE_S, one.tail)
            self.assertEqual(len(set(self._values(one) + self._values(two))), 4400)
            commits = self._reports(one, "offsets_committed")
            self.assertTrue(commits and all(commit["success"] for commit in commits))

    def test_an_eager_group_consumes_once_what_the_producer_saw_acknowledged(self):
        self._share("eager")

    def test_so_does_a_cooperative_group(self):
        self._share("cooperative", "--assignment-strategy",
                    "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")

    def test_so_does_a_group_of_the_new_protocol(self):
        self._share("new", "--group-protocol", "consumer")

    def test_a_static_member_that_was_killed_gets_its_partitions_back_without_a_rebalance(self):
        topic = "static"
        topics("--create", "--topic", topic, "--partitions", "4")
        with self._consumer("one", topic, "--group-instance-id", "first") as one:
            with self._consumer("two", topic, "--group-instance-id", "second") as two:
                waiting.until(lambda: len(self._assigned(one)) == len(self._assigned(two)) == 2,
                              DEADLINE_S, lambda: one.tail() + two.tail())
                held = self._assigned(two)
                changes = len(self._reports(one, "partitions_revoked"))
                two.kill()
            with self._consumer("again", topic, "--group-instance-id", "second") as again:
                waiting.until(lambda: self._assigned(again) == held, DEADLINE_S,
                              lambda: one.tail() + again.tail())
                self.assertEqual(len(self._reports(one, "partitions_revoked")), changes)


if __name__ == "__main__":
    cases.main()

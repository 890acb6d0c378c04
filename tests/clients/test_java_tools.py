#!/usr/bin/env python3
"""Apache Kafka's own tools: topics, console producer and consumer, configs."""
# time limit: 240 s
import re
import unittest

from support import cases, kafka, log_under_test, waiting

DEADLINE_S = 90


def setUpModule():
    global log
    log = unittest.enterModuleContext(log_under_test.open_log())


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


if __name__ == "__main__":
    cases.main()

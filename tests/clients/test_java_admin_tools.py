#!/usr/bin/env python3
"""Apache Kafka's tools for operators: configs, partitions, transactions, records to delete, log
folders; and that its consumer fetches in sessions.
"""
# time limit: 300 s
import json
import re
import time
import unittest

from support import (cases, java, kafka, log_under_test, processes, python_clients,
                     scratch, waiting)

python_clients.enter()

import confluent_kafka as ck  # noqa: E402

DEADLINE_S = 90


def setUpModule():
    global log, folder
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("java-admin"))


def tool(name, *arguments, **options):
    return kafka.tool(name, "--bootstrap-server", log.kafka, *arguments, **options).stdout


def create(topic, partitions=1):
    log_under_test.create_topic(log, topic, partitions=partitions)


def produce(topic, first, last):
    """Numbers to partition 0, each a millisecond later than the one before, in small batches."""
    producer = ck.Producer({"bootstrap.servers": log.kafka, "batch.num.messages": 100})
    began_ms = int(time.time() * 1000)
    for n in range(first, last):
        producer.produce(topic, b"%d" % n, partition=0, timestamp=began_ms + n)
    assert producer.flush(DEADLINE_S) == 0


def rows(printed):
    """The lines of a table as lists of words."""
    return [line.split() for line in printed.splitlines() if line.strip()]


class Topics(unittest.TestCase):
    def test_configs_of_topic_and_broker_are_changed_and_reset(self):
        create("configured")
        topic = ("--entity-type", "topics", "--entity-name", "configured")
        tool("kafka-configs", "--alter", *topic, "--add-config",
             "retention.ms=1000000,cleanup.policy=[compact,delete],max.message.bytes=2000")
        tool("kafka-configs", "--alter", *topic, "--delete-config", "max.message.bytes")
        described = tool("kafka-configs", "--describe", *topic)
        self.assertIn("retention.ms=1000000", described)
        self.assertIn("cleanup.policy=compact,delete", described)
        self.assertNotIn("max.message.bytes", described)
        refused = kafka.tool("kafka-configs", "--bootstrap-server", log.kafka, "--alter", *topic,
                             "--add-config", "retention.ms=soon", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("InvalidConfigurationException", refused.stdout + refused.stderr)
        broker = ("--entity-type", "brokers", "--entity-name", "1")
        tool("kafka-configs", "--alter", *broker, "--add-config", "message.max.bytes=2000000")
        self.assertIn("message.max.bytes=2000000", tool("kafka-configs", "--describe", *broker))
        tool("kafka-configs", "--alter", *broker, "--delete-config", "message.max.bytes")
        self.assertNotIn("message.max.bytes", tool("kafka-configs", "--describe", *broker))

    def test_partitions_are_added(self):
        create("grown", 2)
        tool("kafka-topics", "--alter", "--topic", "grown", "--partitions", "5")
        self.assertIn("PartitionCount: 5", tool("kafka-topics", "--describe", "--topic", "grown"))

    def test_records_are_deleted_and_offsets_say_so(self):
        create("trimmed")
        produce("trimmed", 0, 10)
        asked = folder / "delete.json"
        asked.write_text(json.dumps({"version": 1, "partitions": [
            {"topic": "trimmed", "partition": 0, "offset": 7}]}))
        self.assertIn("low_watermark: 7",
                      tool("kafka-delete-records", "--offset-json-file", str(asked)))
        for time, offset in (("earliest", 7), ("latest", 10), ("max-timestamp", 9)):
            listed = tool("kafka-get-offsets", "--topic", "trimmed", "--time", time)
            self.assertEqual(listed.strip(), f"trimmed:0:{offset}")

    def test_log_folders_show_each_partition_and_its_size(self):
        create("sized", 2)
        produce("sized", 0, 1000)
        printed = tool("kafka-log-dirs", "--describe", "--topic-list", "sized")
        found = json.loads(re.search(r"^\{.*\}$", printed, re.MULTILINE).group())
        broker, = found["brokers"]
        directory, = broker["logDirs"]
        sizes = {p["partition"]: p["size"] for p in directory["partitions"]}
        self.assertEqual((broker["broker"], directory["error"], set(sizes)),
                         (1, None, {"sized-0", "sized-1"}))
        self.assertGreater(sizes["sized-0"], 1000)
        self.assertEqual(sizes["sized-1"], 0)


class Consumer(unittest.TestCase):
    def test_it_fetches_in_sessions(self):
        """Its own log tells: after the first, full fetch it asks for what has changed alone."""
        create("sessions", 8)
        produce("sessions", 0, 3000)
        settings = folder / "log4j2.properties"
        settings.write_text("\n".join((
            "appender.console.type = Console", "appender.console.name = STDERR",
            "appender.console.target = SYSTEM_ERR", "rootLogger.level = WARN",
            "rootLogger.appenderRef.stderr.ref = STDERR",
            "logger.fetch.name = org.apache.kafka.clients.FetchSessionHandler",
            "logger.fetch.level = DEBUG", "")))
        done = processes.run(java.command(
            kafka.TOOLS["kafka-console-consumer"],
            ["--bootstrap-server", log.kafka, "--topic", "sessions", "--from-beginning",
             "--max-messages", "3000", "--timeout-ms", str(DEADLINE_S * 1000),
             "--command-property", "max.poll.records=100",
             "--command-property", "max.partition.fetch.bytes=2000"],
            f"{kafka.jars()}/*", options=[f"-Dlog4j2.configurationFile={settings}"]),
            timeout_s=2 * DEADLINE_S)
        self.assertEqual(done.stdout.splitlines(), [str(n) for n in range(3000)])
        self.assertRegex(done.stderr, r"Built incremental fetch \(sessionId=[1-9]\d*, epoch=\d+\)")
        self.assertNotRegex(done.stderr, "FETCH_SESSION_ID_NOT_FOUND|INVALID_FETCH_SESSION_EPOCH")


class Transactions(unittest.TestCase):
    def test_an_open_transaction_is_listed_and_described(self):
        create("open")
        producer = ck.Producer({"bootstrap.servers": log.kafka, "transactional.id": "t-open",
                                "transaction.timeout.ms": 900_000})  # longer than the tools take
        producer.init_transactions(DEADLINE_S)
        producer.begin_transaction()
        producer.produce("open", b"in a transaction")
        self.assertEqual(producer.flush(DEADLINE_S), 0)
        listed = self._listed()
        self.assertEqual([row[-1] for row in listed], ["Ongoing"])
        described = tool("kafka-transactions", "describe", "--transactional-id", "t-open")
        self.assertIn("open-0", described)
        producers = rows(tool("kafka-transactions", "describe-producers", "--topic", "open",
                              "--partition", "0"))
        self.assertEqual(producers[0][0], "ProducerId")
        # The producer's id as the list says, and the offset at which its transaction began.
        self.assertEqual((producers[1][0], producers[1][-1]), (listed[0][2], "0"))
        producer.commit_transaction(DEADLINE_S)
        waiting.until(lambda: [row[-1] for row in self._listed()] == ["CompleteCommit"],
                      DEADLINE_S, lambda: f"the transaction to be complete: {self._listed()}")

    @staticmethod
    def _listed():
        return [row for row in rows(tool("kafka-transactions", "list")) if row[0] == "t-open"]

    def test_the_transactional_copier_copies_once(self):
        create("copy-in"), create("copy-out")
        produce("copy-in", 0, 1000)
        copied = kafka.tool(
            "org.apache.kafka.tools.TransactionalMessageCopier", "--broker-list", log.kafka,
            "--input-topic", "copy-in", "--input-partition", "0", "--output-topic", "copy-out",
            "--consumer-group", "g-copy", "--transactional-id", "t-copy", "--max-messages", "1000",
            "--transaction-size", "100", "--enable-random-aborts").stdout
        last = json.loads(copied.splitlines()[-1])
        self.assertEqual((last["consumed"], last["remaining"]), (1000, 0))
        printed = tool("kafka-console-consumer", "--topic", "copy-out", "--from-beginning",
                       "--isolation-level", "read_committed", "--max-messages", "1000",
                       "--timeout-ms", str(DEADLINE_S * 1000))
        self.assertEqual(printed.splitlines(), [str(n) for n in range(1000)])


if __name__ == "__main__":
    cases.main()

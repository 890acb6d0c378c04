#!/usr/bin/env python3
"""What Apache Kafka's own tools set for consumer groups, which names of topics are refused, and
what an administrator is told of a cluster that is one node.
"""
# time limit: 240 s
import json
import unittest

from support import cases, kafka, log_under_test, scratch


def setUpModule():
    global log
    log = unittest.enterModuleContext(log_under_test.open_log())


def tool(name, *arguments, **options):
    return kafka.tool(name, "--bootstrap-server", log.kafka, *arguments, **options)


def group_configs(*arguments, **options):
    return tool("kafka-configs", "--entity-type", "groups", "--entity-name", "readers",
                *arguments, **options)


class GroupConfigs(unittest.TestCase):
    def test_they_are_set_described_and_deleted(self):
        group_configs("--alter", "--add-config", "consumer.session.timeout.ms=50000")
        self.assertRegex(group_configs("--describe").stdout,
                         r"consumer\.session\.timeout\.ms=50000 .*DYNAMIC_GROUP_CONFIG")
        listed = tool("kafka-configs", "--entity-type", "groups", "--describe").stdout
        self.assertRegex(listed, r"group readers are:\s+consumer\.session\.timeout\.ms=50000 ")
        group_configs("--alter", "--delete-config", "consumer.session.timeout.ms")
        self.assertNotIn("consumer.session.timeout.ms=50000", group_configs("--describe").stdout)

    def test_what_is_out_of_bounds_is_refused(self):
        refused = group_configs("--alter", "--add-config", "consumer.session.timeout.ms=1",
                                check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("InvalidConfigurationException", refused.stdout + refused.stderr)


class TopicNames(unittest.TestCase):
    def test_names_that_metrics_take_for_one_collide(self):
        tool("kafka-topics", "--create", "--topic", "orders.paid")
        refused = tool("kafka-topics", "--create", "--topic", "orders_paid", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("InvalidTopicException", refused.stdout + refused.stderr)
        self.assertIn("orders.paid", refused.stdout + refused.stderr)


class OneNode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        log_under_test.create_topic(log, "here", partitions=2)

    def test_its_partitions_are_led_already(self):
        preferred = ("--election-type", "preferred")
        self.assertIn("Valid replica already elected for partitions here-1",
                      tool("kafka-leader-election", *preferred, "--topic", "here",
                           "--partition", "1").stdout)
        tool("kafka-leader-election", *preferred, "--all-topic-partitions")

    def test_its_partitions_are_where_they_are(self):
        with scratch.folder("moves") as folder:
            moves = folder / "moves.json"
            moves.write_text(json.dumps({"version": 1, "partitions": [
                {"topic": "here", "partition": 1, "replicas": [1]}]}))
            wanted = ("--reassignment-json-file", str(moves))
            self.assertIn("Successfully started partition reassignment for here-1",
                          tool("kafka-reassign-partitions", "--execute", *wanted).stdout)
            self.assertIn("Reassignment of partition here-1 is completed.",
                          tool("kafka-reassign-partitions", "--verify", *wanted).stdout)
        self.assertIn("No partition reassignments found.",
                      tool("kafka-reassign-partitions", "--list").stdout)

    def test_its_features_client_metrics_and_loggers_are_listed(self):
        self.assertRegex(tool("kafka-features", "describe").stdout,
                         r"transaction\.version\s.*FinalizedVersionLevel: 2")
        self.assertEqual(tool("kafka-client-metrics", "--list").stdout.strip(), "")
        self.assertIn("Dynamic configs for broker-logger 1 are:",
                      tool("kafka-configs", "--describe", "--entity-type", "broker-loggers",
                           "--entity-name", "1").stdout)


if __name__ == "__main__":
    cases.main()

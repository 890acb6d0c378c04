#!/usr/bin/env python3
"""What Apache Kafka's own tools set for consumer groups, and which names of topics are refused."""
# time limit: 180 s
import unittest

from support import cases, kafka, log_under_test


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


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""daybook group: what groups have read and who is in them, on Daybook or on Apache Kafka."""
# time limit: 180 s
import json
import os
import unittest

from support import cases, daybook, log_under_test, processes, scratch, waiting

WAIT_S = waiting.PATIENCE_S


class Groups(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._log = log_under_test.open_log()
        cls.log = cls._log.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls._log.__exit__(None, None, None)

    def setUp(self):
        name = self.id().rpartition(".")[2].replace("test_", "")
        self.topic, self.group = f"t-{name}", f"g-{name}"
        log_under_test.create_topic(self.log, self.topic, partitions=2)
        for partition in ("0", "1"):
            done = self.run_cli("produce", self.topic, "--partition", partition, input="a\nb\nc\n")
            self.assertEqual(done.returncode, 0, done.stderr)

    def run_cli(self, *arguments, **options):
        return daybook.run([*arguments, "--bootstrap", self.log.kafka], check=False,
                           **options)

    def answer(self, *arguments):
        done = self.run_cli(*arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def read_all(self):
        done = self.run_cli("consume", self.topic, "--group", self.group, "--max", "6")
        self.assertEqual(done.returncode, 0, done.stderr)

    def committed(self):
        partitions = self.answer("group", "describe", self.group)["partitions"]
        return {each["partition"]: each["committed"] for each in partitions}

    def wait_until_empty(self):
        waiting.until(lambda: self.answer("group", "describe", self.group)["state"] == "Empty",
                      WAIT_S, "the group to be empty")

    def test_a_group_reads_to_the_end_and_goes_on_there(self):
        def consume():
            done = self.run_cli("consume", self.topic, "--group", self.group, "-e")
            self.assertEqual(done.returncode, 0, done.stderr)
            return sorted(done.stdout.splitlines())

        self.assertEqual(consume(), ["a", "a", "b", "b", "c", "c"])
        self.assertEqual(self.committed(), {0: 3, 1: 3})
        self.assertEqual(consume(), [])
        self.run_cli("produce", self.topic, "--partition", "1", input="d\n")
        self.assertEqual(consume(), ["d"])

    def test_one_more_member_comes_to_the_end_of_whatever_share_it_has(self):
        """Of three members one has no partition: the new one, or another."""
        folder = self.enterContext(scratch.folder())
        for name in ("one", "two"):
            self.enterContext(processes.Process(
                [daybook.BINARY, "consume", self.topic, "--group", self.group, "--bootstrap",
                 self.log.kafka], folder / f"{name}.log"))

        def found():
            done = self.run_cli("group", "describe", self.group, "--json")
            return json.loads(done.stdout) if done.returncode == 0 else {}

        def are_at_end():
            return found().get("state") == "Stable" and \
                [each["partitions"] for each in found()["members"]] == [1, 1] and \
                [each["lag"] for each in found()["partitions"]] == [0, 0]

        waiting.until(are_at_end, WAIT_S, lambda: f"both to have read their share: {found()}")
        done = self.run_cli("consume", self.topic, "--group", self.group, "-e")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_a_group_is_described_with_its_lag(self):
        self.read_all()
        self.wait_until_empty()
        self.run_cli("produce", self.topic, "--partition", "1", input="d\n")
        found = self.answer("group", "describe", self.group)
        self.assertEqual([(each["partition"], each["committed"], each["end"], each["lag"])
                          for each in found["partitions"]], [(0, 3, 3, 0), (1, 3, 4, 1)])
        self.assertEqual(found["members"], [])
        shown = self.run_cli("group", "describe", self.group).stdout
        self.assertIn("Empty, 0 members, lag 1", shown)
        self.assertRegex(shown, rf"{self.topic} +1 +3 +4 +1 +-")
        self.assertIn({"group": self.group, "state": "Empty"}, self.answer("group", "list"))
        self.assertRegex(self.run_cli("group", "list").stdout, rf"(?m)^{self.group} +Empty$")

    def test_a_member_is_shown_with_what_it_reads(self):
        with scratch.folder() as folder, processes.Process(
                [daybook.BINARY, "consume", self.topic, "--group", self.group, "--bootstrap",
                 self.log.kafka], folder / "consume.log") as consumer:
            def partitions():
                found = self.answer("group", "describe", self.group)
                return found["state"] == "Stable" and found
            waiting.until(lambda: self.run_cli("group", "describe", self.group).returncode == 0
                          and partitions(), WAIT_S, "the consumer to be in the group")
            found = partitions()
            self.assertEqual([each["client"] for each in found["members"]], ["daybook-cli"])
            self.assertEqual(found["members"][0]["partitions"], 2)
            self.assertEqual({each["member"] for each in found["partitions"]},
                             {found["members"][0]["member"]})
            self.assertRegex(found["members"][0]["host"], r"127\.0\.0\.1")
            refused = self.run_cli("group", "reset", self.group, "--to", "earliest", "--execute")
            self.assertEqual(refused.returncode, 1)
            self.assertIn("stop its members first", refused.stderr)
            self.assertEqual(self.run_cli("group", "delete", self.group).returncode, 1)
            consumer.stop()

    def test_a_reset_is_shown_first_and_done_when_it_is_told_to(self):
        self.read_all()
        self.wait_until_empty()
        shown = self.run_cli("group", "reset", self.group, "--to", "earliest")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("nothing was changed", shown.stdout)
        self.assertEqual(self.committed(), {0: 3, 1: 3})
        told = self.answer("group", "reset", self.group, "--to", "earliest", "--execute")
        self.assertTrue(told["executed"])
        self.assertEqual(self.committed(), {0: 0, 1: 0})
        self.answer("group", "reset", self.group, "--to", "2", "--topic", self.topic,
                    "--partition", "1", "--execute")
        self.assertEqual(self.committed(), {0: 0, 1: 2})
        self.answer("group", "reset", self.group, "--to", "999", "--execute")
        self.assertEqual(self.committed(), {0: 3, 1: 3})
        self.answer("group", "reset", self.group, "--to", "-1h", "--execute")
        self.assertEqual(self.committed(), {0: 0, 1: 0})

    def test_a_new_group_can_be_told_where_to_begin(self):
        refused = self.run_cli("group", "reset", self.group, "--to", "latest")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--topic", refused.stderr)
        self.answer("group", "reset", self.group, "--to", "latest", "--topic", self.topic,
                    "--execute")
        self.assertEqual(self.committed(), {0: 3, 1: 3})

    def test_a_deleted_group_is_gone(self):
        self.answer("group", "reset", self.group, "--to", "latest", "--topic", self.topic,
                    "--execute")
        self.assertEqual(self.run_cli("group", "delete", self.group).stdout,
                         f"deleted {self.group}\n")
        for command in ("describe", "delete"):
            gone = self.run_cli("group", command, self.group)
            self.assertEqual(gone.returncode, 1, command)
            self.assertIn("there is no such group", gone.stderr)


if __name__ == "__main__":
    cases.main()

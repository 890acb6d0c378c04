#!/usr/bin/env python3
"""Consumer groups as Apache Kafka's tools see them, of the classic and of the consumer protocol."""
# time limit: 700 s
import json
import re
import signal
import unittest

from support import cases, kafka, log_under_test, processes, scratch, waiting

DEADLINE_S = 120


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
    def test_groups_are_listed_by_type_and_state_with_their_members(self):
        fill("listed", range(3))
        with kafka.start_tool("kafka-console-consumer", "--bootstrap-server", log.kafka, "--topic",
                              "listed", "--group", "g-listed", "--from-beginning",
                              "--command-property", "client.id=its-client",
                              log=folder / "listed.log") as member:
            waiting.until(lambda: member.output().split() == ["0", "1", "2"], DEADLINE_S,
                          member.tail)
            self.assertRegex(groups("--list", "--type", "classic", "--state", "stable").stdout,
                             r"(?m)^g-listed\s+Classic\s+Stable")
            self.assertNotIn("g-listed", groups("--list", "--type", "consumer").stdout)
            self.assertRegex(kafka.tool("kafka-groups", "--bootstrap-server", log.kafka,
                                        "--list").stdout, r"(?m)^g-listed\s+Classic\s+consumer")
            self.assertRegex(groups("--describe", "--group", "g-listed").stdout,
                             r"g-listed +listed +0 .* its-client\s")

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


class Member:
    """One of Kafka's verifiable consumers: they report what they do, a JSON object per line."""

    def __init__(self, name, topic, *options):
        self._process = kafka.start_tool(
            "kafka-verifiable-consumer", "--bootstrap-server", log.kafka, "--topic", topic,
            "--group-id", f"g-{topic}", "--reset-policy", "earliest", "--verbose", *options,
            log=folder / f"{topic}-{name}.log")
        self._taken = 0  # characters of its output
        self._held, self.values, self.commits, self.revocations = set(), [], [], 0

    def __enter__(self):
        self._process.__enter__()
        return self

    def __exit__(self, *exception):
        self._process.__exit__(*exception)

    def _look(self):
        """Takes in the reports that have come since the last look."""
        new = self._process.output()[self._taken:]
        new = new[:new.rfind("\n") + 1]
        self._taken += len(new)
        for line in new.splitlines():
            if line.startswith("{"):
                report = json.loads(line)
                getattr(self, f"_{report['name']}", lambda _: None)(report)

    def _partitions_assigned(self, report):
        self._held |= {p["partition"] for p in report["partitions"]}

    def _partitions_revoked(self, report):
        self._held -= {p["partition"] for p in report["partitions"]}
        self.revocations += 1

    def _record_data(self, report):
        self.values.append(report["value"])

    def _offsets_committed(self, report):
        self.commits.append(report["success"])

    def _look_alive(self):
        if not self._process.running():
            raise processes.Ended(self.tail())
        self._look()

    def held(self):
        """What it holds after all the changes that it reported."""
        self._look_alive()
        return set(self._held)

    def received(self):
        """How many records it has read."""
        self._look_alive()
        return len(self.values)

    def tail(self):
        return self._process.tail()

    def leave(self):
        """It commits what it read, and ends."""
        self._process.stop(signal.SIGTERM, DEADLINE_S)
        self._look()

    def kill(self):
        self._process.kill()


class Members(unittest.TestCase):
    def _await(self, condition, *members):
        waiting.until(condition, DEADLINE_S, lambda: "\n".join(m.tail() for m in members))

    def _share(self, one, two):
        self._await(lambda: len(one.held()) == len(two.held()) == 2 and
                    not one.held() & two.held(), one, two)

    def _produce(self, topic, count, prefix):
        produced = kafka.tool("kafka-verifiable-producer", "--bootstrap-server", log.kafka,
                              "--topic", topic, "--max-messages", str(count), "--acks", "-1",
                              "--value-prefix", prefix)
        summary = json.loads(produced.stdout.splitlines()[-1])
        self.assertEqual((summary["sent"], summary["acked"]), (count, count))

    def _check_descriptions(self, topic, assignor):
        group = ("--describe", "--group", f"g-{topic}")
        state = lambda: groups(*group, "--state").stdout  # noqa: E731
        waiting.until(lambda: re.search(rf"g-{topic} .*{assignor} +Stable +2", state()),
                      DEADLINE_S, state)
        members = groups(*group, "--members").stdout
        self.assertEqual(re.findall(rf"(?m)^g-{topic} .* (\d+) *$", members), ["2", "2"], members)

    def _check_lags(self, topic, count):
        described = groups("--describe", "--group", f"g-{topic}", "--offsets").stdout
        lags = re.findall(rf"(?m)^g-{topic} +{topic} +\d +(\d+) +(\d+) +(\d+)", described)
        self.assertEqual(sum(int(current) for current, _, _ in lags), count, described)
        self.assertEqual({lag for _, _, lag in lags}, {"0"})

    def _consume_once(self, topic, assignor, *options):
        """Two members share, one takes over; what was acknowledged is consumed once."""
        log_under_test.create_topic(log, topic, partitions=4)
        with Member("one", topic, *options) as one, Member("two", topic, *options) as two:
            self._share(one, two)
            self._produce(topic, 2000, "1")
            self._await(lambda: one.received() + two.received() >= 2000, one, two)
            self.assertEqual(sorted(one.values + two.values), sorted(f"1.{n}" for n in range(2000)))
            self._check_descriptions(topic, assignor)
            two.leave()
            self._await(lambda: one.held() == {0, 1, 2, 3}, one)
            self._produce(topic, 400, "2")
            self._await(lambda: one.received() + len(two.values) >= 2400, one)
            one.leave()
            self.assertEqual((len(one.values + two.values), len({*one.values, *two.values})),
                             (2400, 2400))
            self.assertTrue(one.commits and all(one.commits))
        self._check_lags(topic, 2400)

    def test_an_eager_group_consumes_once_what_the_producer_saw_acknowledged(self):
        self._consume_once("eager", "range")

    def test_so_does_a_cooperative_group(self):
        self._consume_once("cooperative", "cooperative-sticky", "--assignment-strategy",
                           "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")

    def test_so_does_a_group_of_the_consumer_protocol(self):
        self._consume_once("new", "uniform", "--group-protocol", "consumer")

    def test_a_static_member_that_was_killed_gets_its_partitions_back_without_a_rebalance(self):
        topic, static = "static", ("--session-timeout", "300000", "--group-instance-id")
        log_under_test.create_topic(log, topic, partitions=4)
        with Member("one", topic, *static, "first") as one:
            with Member("two", topic, *static, "second") as two:
                self._share(one, two)
                held, revocations = two.held(), one.revocations
                two.kill()
            with Member("again", topic, *static, "second") as again:
                self._await(lambda: again.held() == held and one.held() == {0, 1, 2, 3} - held,
                            one, again)
                self.assertEqual(one.revocations, revocations)


if __name__ == "__main__":
    cases.main()

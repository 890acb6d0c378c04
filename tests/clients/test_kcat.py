#!/usr/bin/env python3
"""kcat (librdkafka): round trips in every codec, headers, groups, idempotence, times, metadata."""
# time limit: 180 s
import json
import re
import unittest

from support import cases, log_under_test, processes, scratch, waiting

import events

DEADLINE_S = 90


def setUpModule():
    global log, folder
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("kcat"))


def kcat(*arguments, input=None, check=True):
    return processes.run(["kcat", "-b", log.kafka, "-m", "60", *arguments], input=input,
                         check=check, timeout_s=DEADLINE_S)


def produce(topic, lines, *options):
    kcat("-P", "-t", topic, *options, input="".join(line + "\n" for line in lines))


def consume(topic, form, *options):
    """What `-f form` prints for each event, one per line, from the start to the end."""
    printed = kcat("-C", "-q", "-t", topic, "-e", "-o", "beginning", "-f", form + r"\n", *options)
    return printed.stdout.splitlines()


class RoundTrip(unittest.TestCase):
    def test_keys_values_and_offsets_come_back_in_every_codec(self):
        for codec in events.CODECS:
            with self.subTest(codec=codec):
                topic = f"codec-{codec}"
                lines = [f"key{n % 7}\tvalue {n} " + "payment;" * (n % 200) for n in range(1000)]
                produce(topic, lines, "-K", "\t", "-z", codec, "-p", "0")
                self.assertEqual(consume(topic, r"%o\t%k\t%s"),
                                 [f"{n}\t{line}" for n, line in enumerate(lines)])

    def test_headers_come_back(self):
        produce("headers", ["with"], "-H", "trace=42", "-H", "from=kcat", "-H", "empty=")
        self.assertEqual(consume("headers", "%h|%s"), ["trace=42,from=kcat,empty=|with"])

    def test_an_empty_value_and_a_tombstone_differ(self):
        produce("tombstones", ["a:", "b:x"], "-K:", "-Z")
        produce("tombstones", ["c:"], "-K:")
        self.assertEqual(consume("tombstones", "%k %S"), ["a -1", "b 1", "c 0"])

    def test_a_large_event_comes_back_whole(self):
        large = folder / "large"
        large.write_text("0123456789" * 99_000)
        kcat("-P", "-t", "large", "-X", "message.max.bytes=2000000", str(large))
        self.assertEqual(kcat("-C", "-q", "-t", "large", "-e", "-D", "").stdout,
                         large.read_text())

    def test_an_event_above_the_limit_is_refused(self):
        large = folder / "too-large"
        large.write_text("0123456789" * 200_000)
        refused = kcat("-P", "-t", "large", "-X", "message.max.bytes=4000000", str(large),
                       check=False)
        self.assertIn("Message size too large", refused.stderr)

    def test_an_idempotent_producer_keeps_order_with_small_batches(self):
        lines = [str(n) for n in range(5000)]
        produce("idempotent", lines, "-X", "enable.idempotence=true", "-X", "linger.ms=0",
                "-X", "batch.num.messages=20", "-p", "0")
        self.assertEqual(consume("idempotent", "%s"), lines)

    def test_a_transaction_less_reader_sees_the_same_at_both_isolation_levels(self):
        produce("isolation", ["a", "b"])
        for level in ("read_uncommitted", "read_committed"):
            self.assertEqual(consume("isolation", "%s", "-X", f"isolation.level={level}"),
                             ["a", "b"])

    def test_a_following_consumer_gets_events_as_they_arrive(self):
        produce("tail", ["old"])
        command = ["kcat", "-b", log.kafka, "-C", "-q", "-u", "-t", "tail", "-o", "beginning"]
        with processes.Process(command, folder / "tail.log") as tail:
            tail.wait_for("^old$", DEADLINE_S)
            produce("tail", ["new"])
            tail.wait_for("^new$", DEADLINE_S)


class Groups(unittest.TestCase):
    def _member(self, name, group, topic, session_timeout_ms=45_000):
        return processes.Process(
            ["kcat", "-b", log.kafka, "-u", "-X", "auto.offset.reset=earliest",
             "-X", f"session.timeout.ms={session_timeout_ms}", "-X", "heartbeat.interval.ms=500",
             "-X", "topic.metadata.refresh.interval.ms=1000",
             "-f", "event %p %s\n", "-G", group, topic], folder / f"{name}.log")

    @staticmethod
    def _assigned(member):
        """The partitions of the last "assigned" line that kcat printed."""
        found = re.findall(r"rebalanced .*?: assigned: (.*)$", member.output(), re.MULTILINE)
        return set(re.findall(r"\[(\d+)\]", found[-1])) if found else set()

    @staticmethod
    def _events(member):
        return re.findall(r"^event (\d+) (.*)$", member.output(), re.MULTILINE)

    def test_two_members_share_the_partitions_and_one_takes_over_from_the_other(self):
        topic = "shared"
        log_under_test.create_topic(log, topic, partitions=4)

        def produce_to_each(values):
            for partition in range(4):
                produce(topic, [f"{partition}-{value}" for value in values], "-p", str(partition))

        with self._member("one", "g-shared", topic) as one:
            waiting.until(lambda: len(self._assigned(one)) == 4, DEADLINE_S, one.tail)
            # Until it has read from a partition, librdkafka asks where that one begins, and starts
            # there when the answer comes late, also where by then it was given another offset.
            produce_to_each(["first"])
            waiting.until(lambda: len(self._events(one)) == 4, DEADLINE_S, one.tail)
            with self._member("two", "g-shared", topic) as two:
                waiting.until(lambda: len(self._assigned(one)) == len(self._assigned(two)) == 2,
                              DEADLINE_S, lambda: one.tail() + two.tail())
                produce_to_each(range(100))
                waiting.until(lambda: len(self._events(one)) + len(self._events(two)) >= 404,
                              DEADLINE_S, lambda: one.tail() + two.tail())
                self.assertEqual(len(self._events(one)), 204)
                self.assertEqual(len(set(self._events(one) + self._events(two))), 404)
            waiting.until(lambda: len(self._assigned(one)) == 4, DEADLINE_S, one.tail)
            produce_to_each(["last"])
            waiting.until(lambda: {("%d" % p, f"{p}-last") for p in range(4)} <=
                          set(self._events(one)), DEADLINE_S, one.tail)
            self.assertEqual(len(self._events(one)), 208, "events that were committed came again")

    def test_a_group_resumes_where_it_committed(self):
        topic = "resumed"
        produce(topic, [str(n) for n in range(100)])
        with self._member("first", "g-resumed", topic) as first:
            waiting.until(lambda: len(self._events(first)) == 100, DEADLINE_S, first.tail)
        produce(topic, [str(n) for n in range(100, 150)])
        with self._member("second", "g-resumed", topic) as second:
            waiting.until(lambda: len(self._events(second)) >= 50, DEADLINE_S, second.tail)
        self.assertEqual([int(v) for _, v in self._events(second)], list(range(100, 150)))

    def test_a_killed_member_is_replaced_after_its_session_ends(self):
        topic = "killed"
        produce(topic, ["before"])
        with self._member("killed", "g-killed", topic, session_timeout_ms=10_000) as killed:
            killed.wait_for("^event 0 before$", DEADLINE_S)
            with self._member("heir", "g-killed", topic) as heir:
                heir.wait_for("rebalanced", DEADLINE_S)
                killed.kill()
                produce(topic, ["after"])
                heir.wait_for("^event 0 after$", DEADLINE_S)


class Metadata(unittest.TestCase):
    def test_topics_partitions_and_the_broker_are_listed(self):
        log_under_test.create_topic(log, "listed", partitions=3)
        listed = json.loads(kcat("-L", "-J", "-t", "listed").stdout)
        self.assertEqual([broker["name"] for broker in listed["brokers"]], [log.kafka])
        topic = listed["topics"][0]
        self.assertEqual(topic["topic"], "listed")
        self.assertEqual(sorted((p["partition"], p["leader"]) for p in topic["partitions"]),
                         [(n, listed["brokers"][0]["id"]) for n in range(3)])

    def test_offsets_are_found_by_time(self):
        produce("timed", ["a", "b", "c"], "-p", "0")
        stamps = [int(t) for t in consume("timed", "%T")]
        found = kcat("-Q", "-t", f"timed:0:{stamps[1]}").stdout
        self.assertEqual(found.strip(), f"timed [0] offset {stamps.index(stamps[1])}")
        self.assertIn("offset 0", kcat("-Q", "-t", "timed:0:-2").stdout)
        self.assertIn("offset 3", kcat("-Q", "-t", "timed:0:-1").stdout)

    def test_an_old_client_without_version_requests_is_not_cut_off(self):
        produce("old-client", ["x"], "-X", "broker.version.fallback=2.1.0",
                "-X", "api.version.request=false")
        self.assertEqual(consume("old-client", "%s"), ["x"])


if __name__ == "__main__":
    cases.main()

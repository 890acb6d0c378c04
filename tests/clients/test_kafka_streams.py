#!/usr/bin/env python3
"""A Kafka Streams application with exactly-once v2 and a RocksDB store: killed with kill -9 twice,
restarted on another machine's folder and then on its own, it has counted every payment once.
"""
# time limit: 240 s
import collections
import random
import re
import signal
import unittest

from support import ROOT, cases, java, log_under_test, processes, python_clients, scratch, waiting

python_clients.enter()

import confluent_kafka as ck  # noqa: E402
from confluent_kafka import admin as ca  # noqa: E402

DEADLINE_S = 90
PAYMENTS = 12_000
AHEAD = 1_500  # payments that are sent before their totals are seen: there is always work to lose
ACCOUNTS = 20


def setUpModule():
    global log, folder, class_path
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("streams"))
    class_path = java.compile([ROOT / "tests/clients/StreamsTotals.java"],
                              java.jars("kafka-apps"), folder / "classes")


def start(name):
    """An instance of the application with a state folder of that name."""
    return processes.Process(
        java.command("StreamsTotals", [log.kafka, folder / name], class_path),
        folder / f"{name}.log")


class Bank:
    """Sends payments and follows their totals as a reader of committed events sees them."""

    def __init__(self):
        self._rng = random.Random(cases.seed())
        self._producer = ck.Producer({"bootstrap.servers": log.kafka, "linger.ms": 5,
                                      "enable.idempotence": True})
        self._consumer = ck.Consumer({"bootstrap.servers": log.kafka, "group.id": "bank",
                                      "isolation.level": "read_committed",
                                      "enable.auto.commit": False})
        self._consumer.assign([ck.TopicPartition("totals", p, 0) for p in range(2)])
        self.payments = collections.defaultdict(list)
        self.totals = collections.defaultdict(list)
        self.sent = self.seen = 0

    def close(self):
        self._consumer.close()

    def follow(self, count, upto, instance):
        """Until `count` totals are seen, sending payments, but not more than `upto` of them."""
        def look():
            while self.sent < min(upto, self.seen + AHEAD):
                self._send()
            self._producer.poll(0)
            for message in self._consumer.consume(500, 0.1):
                if message.error():
                    raise ck.KafkaException(message.error())
                number, total = map(int, message.value().split(b","))
                self.totals[message.key()].append((number, total))
                self.seen += 1
            if not instance.running():
                raise processes.Ended(f"the application ended:\n{instance.tail(60)}")
            return self.seen >= count

        waiting.until(look, DEADLINE_S, lambda: f"{count} totals; {self.seen} of {self.sent} seen\n"
                                                f"{instance.tail()}")

    def _send(self):
        account = b"account-%d" % self._rng.randrange(ACCOUNTS)
        amount = self._rng.randrange(-1000, 1000)
        self.payments[account].append(amount)
        self._producer.produce("payments", key=b"payment-%d" % self.sent,
                               value=b"%s,%d" % (account, amount))
        self.sent += 1

    def check(self, test):
        """Each payment made one total, in some order that adds up at every step."""
        test.assertEqual(set(self.totals), set(self.payments))
        for account, amounts in self.payments.items():
            numbers = [number for number, _ in self.totals[account]]
            test.assertEqual(numbers, list(range(1, len(amounts) + 1)), account)
            totals = [0] + [total for _, total in self.totals[account]]
            steps = [after - before for before, after in zip(totals, totals[1:])]
            test.assertEqual(sorted(steps), sorted(amounts), account)


class ExactlyOnce(unittest.TestCase):
    def test_every_payment_is_counted_once_although_the_application_is_killed(self):
        admin = ca.AdminClient({"bootstrap.servers": log.kafka})
        for future in admin.create_topics([ca.NewTopic("payments", 4, 1),
                                           ca.NewTopic("totals", 2, 1)]).values():
            future.result(DEADLINE_S)
        bank = Bank()
        self.addCleanup(bank.close)
        for name, share in (("one", 1 / 3), ("two", 2 / 3)):
            with start(name) as instance:
                bank.follow(int(PAYMENTS * share), PAYMENTS, instance)
                self.assertGreater(bank.sent, bank.seen)
                instance.kill()
        with start("one") as instance:
            bank.follow(PAYMENTS, PAYMENTS, instance)
            self._the_repartition_topic_is_purged(admin)
            self.assertEqual(instance.stop(signal.SIGTERM, 30), 143)  # what Java says to SIGTERM
        bank.check(self)
        self._its_topics_are_as_it_wants_them(admin)

    def _the_repartition_topic_is_purged(self, admin):
        topic = "totals-app-totals-store-repartition"

        def starts():
            asked = {ck.TopicPartition(topic, p): ca.OffsetSpec.earliest() for p in range(4)}
            return [f.result(DEADLINE_S).offset for f in admin.list_offsets(asked).values()]

        waiting.until(lambda: max(starts()) > 0, DEADLINE_S, lambda: f"a purge of {topic}")

    def _its_topics_are_as_it_wants_them(self, admin):
        topic = "totals-app-totals-store-changelog"
        resource = ca.ConfigResource(ca.ResourceType.TOPIC, topic)
        configs = admin.describe_configs([resource])[resource].result(DEADLINE_S)
        self.assertEqual(configs["cleanup.policy"].value, "compact")
        names = admin.list_topics(timeout=DEADLINE_S).topics
        self.assertEqual({n for n in names if re.match("totals-app-", n)},
                         {topic, "totals-app-totals-store-repartition"})


if __name__ == "__main__":
    cases.main()

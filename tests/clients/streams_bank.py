"""Kafka Streams applications that count payments (StreamsTotals.java), and a bank that sends the
payments and checks the totals."""
import collections
import random

from support import ROOT, cases, java, processes, python_clients, waiting

python_clients.enter()

import confluent_kafka as ck  # noqa: E402
from confluent_kafka import admin as ca  # noqa: E402

DEADLINE_S = 180
AHEAD = 1_500  # payments that are sent before their totals are seen: there is always work to lose
ACCOUNTS = 20


def compiled(folder):
    """The class path that has the application."""
    return java.compile([ROOT / "tests/clients/StreamsTotals.java"],
                        java.jars("kafka-apps"), folder / "classes")


def start(bootstrap, folder, name, class_path, protocol="classic"):
    """An instance of the application with a state folder of that name."""
    return processes.Process(
        java.command("StreamsTotals", [bootstrap, folder / name, protocol], class_path),
        folder / f"{name}.log")


class Bank:
    """Sends payments and follows their totals as a reader of committed events sees them."""

    def __init__(self, bootstrap):
        self.admin = ca.AdminClient({"bootstrap.servers": bootstrap})
        for future in self.admin.create_topics([ca.NewTopic("payments", 4, 1),
                                                ca.NewTopic("totals", 2, 1)]).values():
            future.result(DEADLINE_S)
        self._rng = random.Random(cases.seed())
        self._producer = ck.Producer({"bootstrap.servers": bootstrap, "linger.ms": 5,
                                      "enable.idempotence": True})
        self._consumer = ck.Consumer({"bootstrap.servers": bootstrap, "group.id": "bank",
                                      "isolation.level": "read_committed",
                                      "enable.auto.commit": False})
        self._consumer.assign([ck.TopicPartition("totals", p, 0) for p in range(2)])
        self.payments = collections.defaultdict(list)
        self.totals = collections.defaultdict(list)
        self.sent = self.seen = 0

    def close(self):
        self._consumer.close()

    def follow(self, count, upto, instances, deadline_s=DEADLINE_S):
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
            for instance in instances:
                if not instance.running():
                    raise processes.Ended(f"the application ended:\n{instance.tail(60)}")
            return self.seen >= count

        waiting.until(look, deadline_s, lambda: f"{count} totals; {self.seen} of {self.sent} seen\n"
                                                + "\n".join(i.tail() for i in instances))

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

    def internal_topics(self):
        """Those that were made for the application, with the cleanup policy of each."""
        names = self.admin.list_topics(timeout=DEADLINE_S).topics
        resources = [ca.ConfigResource(ca.ResourceType.TOPIC, name) for name in names
                     if name.startswith("totals-app-")]
        described = self.admin.describe_configs(resources)
        return {resource.name: future.result(DEADLINE_S)["cleanup.policy"].value
                for resource, future in described.items()}

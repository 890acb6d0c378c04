#!/usr/bin/env python3
"""Current librdkafka in groups of the consumer protocol (KIP-848), through confluent-kafka; and in
groups that change from the classic protocol to it and back."""
# time limit: 400 s
import unittest

from support import cases, log_under_test, python_clients, waiting

python_clients.enter()

from confluent_kafka import Consumer, Producer  # noqa: E402: the venv's
from confluent_kafka.admin import AdminClient  # noqa: E402

DEADLINE_S = 150
# So soon the server puts out a member that gives nothing back, with which a group may go on:
# librdkafka does not ask again what it is to give back when the answer that said so got lost.
REBALANCE_TIMEOUT_MS = 45_000
PARTITIONS = 4


def setUpModule():
    global log, admin
    log = unittest.enterModuleContext(log_under_test.open_log())
    admin = AdminClient({"bootstrap.servers": log.kafka})


class ConsumerProtocol(unittest.TestCase):
    def setUp(self):
        name = self.id().rpartition(".")[2].replace("test_", "").replace("_", "-")
        self.topic, self.group = f"t-{name}", f"g-{name}"
        log_under_test.create_topic(log, self.topic, partitions=PARTITIONS)

    def produce(self, values, topic=None):
        producer = Producer({"bootstrap.servers": log.kafka})
        for value in values:
            producer.produce(topic or self.topic, str(value), partition=value % PARTITIONS)
        self.assertEqual(producer.flush(DEADLINE_S), 0)

    def consumer(self, topics=None, **settings):
        made = Consumer({"bootstrap.servers": log.kafka, "group.id": self.group,
                         "group.protocol": "consumer", "auto.offset.reset": "earliest",
                         "enable.auto.commit": False,
                         "max.poll.interval.ms": REBALANCE_TIMEOUT_MS, **settings})
        made.subscribe(topics or [self.topic])
        self.addCleanup(made.close)
        return made

    def poll_until(self, consumers, condition, what):
        """Polls them in turn; what each has received."""
        received = [[] for _ in consumers]

        def met():
            for values, consumer in zip(received, consumers):
                message = consumer.poll(0.05)
                if message is not None:
                    self.assertIsNone(message.error())
                    values.append(int(message.value()))
            return condition(received)
        waiting.until(met, DEADLINE_S, lambda: f"{what}: held {[self.held(c) for c in consumers]}, "
                                               f"received {[len(r) for r in received]}; "
                                               f"{self.described()}")
        return received

    def described(self):
        """The group as the server sees it."""
        group = admin.describe_consumer_groups([self.group])[self.group].result()
        members = [[each.partition for each in member.assignment.topic_partitions]
                   for member in group.members]
        return f"{group.type.name} {group.state.name} {members}"

    @staticmethod
    def held(consumer):
        return {each.partition for each in consumer.assignment()}

    def test_members_share_and_take_over(self):
        self.produce(range(200))
        one = self.consumer()
        first = self.poll_until([one], lambda got: len(got[0]) == 200, "all events")
        self.assertEqual(sorted(first[0]), list(range(200)))
        one.commit(asynchronous=False)
        two = self.consumer()
        self.poll_until([one, two], lambda _: len(self.held(one)) == len(self.held(two)) == 2,
                        "both to have two partitions")
        self.assertEqual(self.held(one) | self.held(two), set(range(PARTITIONS)))
        self.produce(range(200, 400))
        both = self.poll_until([one, two], lambda got: sum(map(len, got)) == 200, "the new ones")
        self.assertEqual(sorted(both[0] + both[1]), list(range(200, 400)))
        self.assertEqual([len(values) for values in both], [100, 100])
        described = admin.describe_consumer_groups([self.group])[self.group].result()
        self.assertEqual((described.type.name, described.state.name), ("CONSUMER", "STABLE"))
        self.assertEqual([len(member.assignment.topic_partitions)
                          for member in described.members], [2, 2])
        one.commit(asynchronous=False)
        one.close()
        self.poll_until([two], lambda _: len(self.held(two)) == PARTITIONS, "all partitions")
        two.commit(asynchronous=False)
        two.close()
        admin.delete_consumer_groups([self.group])[self.group].result()

    def test_topics_are_found_by_pattern_also_later(self):
        member = self.consumer([f"^{self.topic}-.*"])
        later = f"{self.topic}-later"
        log_under_test.create_topic(log, later, partitions=PARTITIONS)
        self.produce([7], later)
        self.poll_until([member], lambda got: got[0] == [7], "the event of the new topic")

    def test_a_static_member_finds_its_partitions_when_it_comes_back(self):
        fixed = {"group.instance.id": "fixed"}
        one, two = self.consumer(**fixed), self.consumer()
        self.poll_until([one, two], lambda _: len(self.held(one)) == len(self.held(two)) == 2,
                        "both to have two partitions")
        its_own, others = self.held(one), self.held(two)
        one.close()
        back = self.consumer(**fixed)
        self.poll_until([back, two], lambda _: self.held(back) == its_own, "its partitions")
        self.assertEqual(self.held(two), others)

    def _read_and_commit(self, numbers, consumers):
        """All partitions are shared; each new event is read once, and committed."""
        share = PARTITIONS // len(consumers)
        self.poll_until(consumers, lambda _: all(len(self.held(each)) == share
                                                 for each in consumers), "an even share")
        self.produce(numbers)
        got = self.poll_until(consumers, lambda got: sum(map(len, got)) >= len(numbers), "events")
        self.assertEqual(sorted(sum(got, [])), list(numbers))
        for consumer in consumers:
            consumer.commit(asynchronous=False)

    def _change_there_and_back(self, strategy):
        classic = {"group.protocol": "classic", "partition.assignment.strategy": strategy}
        kind = lambda: admin.describe_consumer_groups(  # noqa: E731
            [self.group])[self.group].result().type.name
        one = self.consumer(**classic)
        self._read_and_commit(range(100), [one])
        self.assertEqual(kind(), "CLASSIC")
        two = self.consumer()
        self._read_and_commit(range(100, 200), [one, two])
        self.assertEqual(kind(), "CONSUMER")
        one.close()
        self._read_and_commit(range(200, 300), [two])
        three = self.consumer(**classic)
        self._read_and_commit(range(300, 400), [two, three])
        self.assertEqual(kind(), "CONSUMER")
        two.close()
        self._read_and_commit(range(400, 500), [three])
        self.assertEqual(kind(), "CLASSIC")
        four = self.consumer(**classic)
        self._read_and_commit(range(500, 600), [three, four])

    def test_a_group_that_rebalances_at_once_changes_there_and_back(self):
        self._change_there_and_back("range")

    def test_so_does_one_that_rebalances_by_and_by(self):
        self._change_there_and_back("cooperative-sticky")


if __name__ == "__main__":
    cases.main()

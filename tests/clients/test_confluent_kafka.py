#!/usr/bin/env python3
"""confluent-kafka (current librdkafka): round trips, times, members of all kinds, transactions,
and the administration of topics, configs, groups and offsets.
"""
# time limit: 300 s
import threading
import time
import unittest

from support import cases, log_under_test, python_clients, waiting

python_clients.enter()

import confluent_kafka as ck  # noqa: E402
from confluent_kafka import admin as ca  # noqa: E402

import events  # noqa: E402

DEADLINE_S = 150


def setUpModule():
    global log, admin
    log = unittest.enterModuleContext(log_under_test.open_log())
    admin = ca.AdminClient({"bootstrap.servers": log.kafka})


def done(futures):
    """The results of an admin call, or its first error."""
    return {key: future.result(DEADLINE_S) for key, future in futures.items()}


def create(topic, partitions=1, **configs):
    """Makes a topic, and waits until its partitions are served: Apache Kafka answers before."""
    done(admin.create_topics([ca.NewTopic(topic, partitions, 1, config={
        name.replace("_", "."): value for name, value in configs.items()})]))
    each = {ck.TopicPartition(topic, n): ca.OffsetSpec.latest() for n in range(partitions)}

    def served():
        answers = admin.list_offsets(each).values()
        return all(answer.exception(DEADLINE_S) is None for answer in answers)

    waiting.until(served, DEADLINE_S, f"the partitions of {topic}")
    return topic


def producer(**options):
    return ck.Producer({"bootstrap.servers": log.kafka,
                        **{name.replace("_", "."): value for name, value in options.items()}})


def produce(topic, sent, partition=0, client=None, **options):
    """Sends all, and returns the offset of each in the order sent."""
    client = client or producer(**options)
    offsets = {}

    def delivered(n):
        def report(error, message):
            if error:
                raise ck.KafkaException(error)
            offsets[n] = message.offset()
        return report

    for n, event in enumerate(sent):
        client.produce(topic, key=event.key, value=event.value, headers=list(event.headers),
                       partition=partition, timestamp=event.timestamp_ms,
                       on_delivery=delivered(n))
    assert client.flush(DEADLINE_S) == 0, f"{len(client)} events of {topic} were not delivered"
    return [offsets[n] for n in range(len(sent))]


def numbered(first, last):
    return [events.Event(None, b"%d" % n, (), 1) for n in range(first, last)]


def consume(topic, count, partition=0, offset=0, **options):
    """The next `count` messages of a partition."""
    consumer = ck.Consumer({"bootstrap.servers": log.kafka, "group.id": "no group",
                            "enable.auto.commit": False,
                            **{name.replace("_", "."): value for name, value in options.items()}})
    consumer.assign([ck.TopicPartition(topic, partition, offset)])
    found = []

    def poll():
        for message in consumer.consume(count, 0.1):
            if message.error():
                raise ck.KafkaException(message.error())
            found.append(message)
        return len(found) >= count

    try:
        waiting.until(poll, DEADLINE_S, lambda: f"{count} events of {topic}; got {len(found)}")
    finally:
        consumer.close()
    return found


def as_events(messages):
    return [events.Event(m.key(), m.value(), tuple(m.headers() or ()), m.timestamp()[1])
            for m in messages]


class Member:
    """A consumer of a group on a thread of its own, which commits what it got."""

    def __init__(self, group, topic, **options):
        self.held, self.values, self.error = set(), [], None
        self._stop = threading.Event()
        self._consumer = ck.Consumer({
            "bootstrap.servers": log.kafka, "group.id": group, "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "topic.metadata.refresh.interval.ms": 1000,
            **{name.replace("_", "."): value for name, value in options.items()}})
        self._consumer.subscribe([topic])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            while not self._stop.is_set():
                for message in self._consumer.consume(500, 0.1):
                    if message.error():
                        raise ck.KafkaException(message.error())
                    self.values.append(int(message.value()))
                    self._consumer.commit(message=message, asynchronous=True)
                self.held = {p.partition for p in self._consumer.assignment()}
            self._consumer.close()
        except Exception as error:  # shown by the test that waits for this member
            self.error = error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(DEADLINE_S)


class RoundTrip(unittest.TestCase):
    def test_events_of_every_shape_come_back_in_every_codec(self):
        sent = events.mixed(300, cases.seed())
        for codec in events.CODECS:
            with self.subTest(codec=codec):
                topic = create(f"shapes-{codec}")
                self.assertEqual(produce(topic, sent, compression_type=codec, linger_ms=20),
                                 list(range(len(sent))))
                events.assert_same(self, sent, as_events(consume(topic, len(sent))))

    def test_an_idempotent_producer_with_many_batches_in_flight_keeps_the_order(self):
        topic = create("idempotent")
        offsets = produce(topic, numbered(0, 2000), enable_idempotence=True, linger_ms=0,
                          batch_num_messages=20)
        self.assertEqual(offsets, list(range(2000)))
        self.assertEqual([int(m.value()) for m in consume(topic, 2000)], list(range(2000)))

    def test_both_kinds_of_timestamp_are_told_apart(self):
        made, appended = create("made"), create("appended",
                                                message_timestamp_type="LogAppendTime")
        before = int(time.time() * 1000)
        for topic in (made, appended):
            produce(topic, [events.Event(None, b"x", (), 1000)])
        self.assertEqual(consume(made, 1)[0].timestamp(), (ck.TIMESTAMP_CREATE_TIME, 1000))
        kind, stamp = consume(appended, 1)[0].timestamp()
        self.assertEqual(kind, ck.TIMESTAMP_LOG_APPEND_TIME)
        self.assertGreaterEqual(stamp, before)


class Groups(unittest.TestCase):
    def _share(self, name, **options):
        """Two members share, one takes over; each event is seen once by a group that commits."""
        topic = create(f"share-{name}", partitions=4)

        def produce_to_each(begin, end):
            for partition in range(4):
                produce(topic, numbered(1000 * partition + begin, 1000 * partition + end),
                        partition)

        with Member(f"g-{name}", topic, **options) as one:
            # Each partition has been read from before it is given away: until then librdkafka may
            # still ask where it begins, and start there when the answer comes late.
            produce_to_each(0, 1)
            self._await(lambda: len(one.values) == 4 and one.held == {0, 1, 2, 3}, one)
            with Member(f"g-{name}", topic, **options) as two:
                self._await(lambda: len(one.held) == len(two.held) == 2
                            and one.held | two.held == {0, 1, 2, 3}, one, two)
                produce_to_each(1, 51)
                self._await(lambda: self._all_read(51, one, two), one, two)
                self.assertEqual(len(one.values), 104)
            self._await(lambda: one.held == {0, 1, 2, 3}, one)
            produce_to_each(51, 52)
            self._await(lambda: self._all_read(52, one, two), one, two)

    @staticmethod
    def _all_read(end, *members):
        """Once each: the values below `end` of the four partitions."""
        return (sorted(value for member in members for value in member.values) ==
                [1000 * partition + n for partition in range(4) for n in range(end)])

    def _await(self, condition, *members):
        def look():
            for member in members:
                if member.error:
                    raise member.error
            return condition()
        waiting.until(look, DEADLINE_S, lambda: f"the group; held {[m.held for m in members]}, "
                                                f"events {[len(m.values) for m in members]}")

    def test_an_eager_group_shares_and_takes_over(self):
        self._share("eager", heartbeat_interval_ms=500)

    def test_a_cooperative_group_shares_and_takes_over(self):
        self._share("cooperative", heartbeat_interval_ms=500,
                    partition_assignment_strategy="cooperative-sticky")

    def test_a_group_of_the_new_protocol_shares_and_takes_over(self):
        # The server puts out who gives nothing back within max.poll.interval.ms: librdkafka does
        # not ask again what it is to give back when the answer that said so got lost.
        options = {"group_protocol": "consumer", "max_poll_interval_ms": 45_000}
        self._share("consumer", **options)
        self._share("consumer-range", group_remote_assignor="range", **options)

    def test_a_static_member_that_comes_back_gets_its_partitions_without_a_rebalance(self):
        topic = create("static", partitions=4)
        options = {"session_timeout_ms": 300_000, "heartbeat_interval_ms": 500}

        def produce_one_to_each(begin):
            for partition in range(4):
                produce(topic, numbered(begin + partition, begin + partition + 1), partition)

        with Member("g-static", topic, group_instance_id="two", **options) as two:
            produce_one_to_each(0)  # read before they are given away, as in _share()
            self._await(lambda: sorted(two.values) == [0, 1, 2, 3], two)
            with Member("g-static", topic, group_instance_id="one", **options) as one:
                self._await(lambda: len(one.held) == len(two.held) == 2, one, two)
                held = one.held
            described = done(admin.describe_consumer_groups(["g-static"]))["g-static"]
            self.assertEqual({m.group_instance_id for m in described.members}, {"one", "two"})
            with Member("g-static", topic, group_instance_id="one", **options) as again:
                self._await(lambda: again.held == held, again, two)
                self.assertEqual(two.held, {0, 1, 2, 3} - held)
                produce_one_to_each(4)
                self._await(lambda: sorted(again.values + two.values) == [*range(8)], again, two)


class Transactions(unittest.TestCase):
    def _transactional(self, name, **options):
        client = producer(transactional_id=name, **options)
        client.init_transactions(DEADLINE_S)
        return client

    def test_what_is_committed_is_read_and_what_is_aborted_is_not(self):
        topic = create("transactions")
        client = self._transactional("t-basic")
        for n, commit in enumerate((True, False, True, False, False, True)):
            client.begin_transaction()
            produce(topic, numbered(10 * n, 10 * n + 10), client=client)
            (client.commit_transaction if commit else client.abort_transaction)(DEADLINE_S)
        committed = [*range(0, 10), *range(20, 30), *range(50, 60)]
        found = consume(topic, 30, isolation_level="read_committed")
        self.assertEqual([int(m.value()) for m in found], committed)
        # A marker takes an offset after each transaction.
        self.assertEqual([m.offset() for m in found],
                         [*range(0, 10), *range(22, 32), *range(55, 65)])
        everything = consume(topic, 60, isolation_level="read_uncommitted")
        self.assertEqual([int(m.value()) for m in everything], list(range(60)))

    def test_an_open_transaction_holds_back_readers_of_committed_events(self):
        topic = create("open")
        client = self._transactional("t-open")
        client.begin_transaction()
        produce(topic, numbered(0, 5), client=client)
        produce(topic, numbered(5, 10))
        asked = {ck.TopicPartition(topic, 0): ca.OffsetSpec.latest()}
        for isolation, end in ((ck.IsolationLevel.READ_UNCOMMITTED, 10),
                               (ck.IsolationLevel.READ_COMMITTED, 0)):
            found = done(admin.list_offsets(asked, isolation_level=isolation))
            self.assertEqual([o.offset for o in found.values()], [end])
        client.commit_transaction(DEADLINE_S)
        found = consume(topic, 10, isolation_level="read_committed")
        self.assertEqual([int(m.value()) for m in found], list(range(10)))

    def test_a_second_producer_of_the_same_id_fences_the_first(self):
        topic = create("fenced")
        first = self._transactional("t-fenced")
        first.begin_transaction()
        produce(topic, numbered(0, 5), client=first)
        second = self._transactional("t-fenced")
        with self.assertRaises(ck.KafkaException) as refused:
            first.commit_transaction(DEADLINE_S)
        self.assertTrue(refused.exception.args[0].fatal())
        self.assertEqual(refused.exception.args[0].code(), ck.KafkaError._FENCED)
        second.begin_transaction()
        produce(topic, numbered(5, 8), client=second)
        second.commit_transaction(DEADLINE_S)
        found = consume(topic, 3, isolation_level="read_committed")
        self.assertEqual([int(m.value()) for m in found], [5, 6, 7])

    def test_offsets_and_outputs_commit_together_or_not_at_all(self):
        source, target = create("etl-in"), create("etl-out")
        produce(source, numbered(0, 100))
        consumer = ck.Consumer({"bootstrap.servers": log.kafka, "group.id": "g-etl",
                                "enable.auto.commit": False, "auto.offset.reset": "earliest"})
        self.addCleanup(consumer.close)
        consumer.subscribe([source])
        client = self._transactional("t-etl")
        copied = aborted = 0
        deadline = time.monotonic() + DEADLINE_S
        while copied < 100:
            self.assertLess(time.monotonic(), deadline, f"only {copied} events were copied")
            batch = consumer.consume(10, 0.5)
            if not batch:
                continue
            client.begin_transaction()
            for message in batch:
                client.produce(target, message.value())
            client.send_offsets_to_transaction(
                consumer.position(consumer.assignment()), consumer.consumer_group_metadata(),
                DEADLINE_S)
            if aborted < 2 and copied >= 30:
                client.abort_transaction(DEADLINE_S)
                aborted += 1
                for where in consumer.committed(consumer.assignment(), DEADLINE_S):
                    self.assertEqual(where.offset, copied)
                    consumer.seek(where)
            else:
                client.commit_transaction(DEADLINE_S)
                copied += len(batch)
        self.assertEqual(aborted, 2)
        found = consume(target, 100, isolation_level="read_committed")
        self.assertEqual([int(m.value()) for m in found], list(range(100)))


class Admin(unittest.TestCase):
    def test_the_cluster_and_its_topics_are_described(self):
        topic = create("described", partitions=3)
        cluster = admin.describe_cluster().result(DEADLINE_S)
        self.assertEqual([node.id for node in cluster.nodes], [1])
        self.assertTrue(cluster.cluster_id)
        found = done(admin.describe_topics(ck.TopicCollection([topic])))[topic]
        self.assertEqual([(p.id, p.leader.id, [r.id for r in p.isr]) for p in found.partitions],
                         [(0, 1, [1]), (1, 1, [1]), (2, 1, [1])])

    def test_partitions_are_added_and_take_events(self):
        topic = create("grown")
        done(admin.create_partitions([ca.NewPartitions(topic, 3)]))
        waiting.until(lambda: len(admin.list_topics(topic).topics[topic].partitions) == 3,
                      DEADLINE_S, "the partitions")
        self.assertEqual(produce(topic, numbered(0, 5), partition=2), list(range(5)))
        self.assertEqual(len(consume(topic, 5, partition=2)), 5)
        with self.assertRaises(ck.KafkaException) as refused:
            done(admin.create_partitions([ca.NewPartitions(topic, 2)]))
        self.assertEqual(refused.exception.args[0].code(), ck.KafkaError.INVALID_PARTITIONS)

    def test_configs_are_changed_one_by_one_and_reset(self):
        topic = create("configured", retention_ms="86400000")
        untouched = create("untouched")

        def resource(*entries):
            return ca.ConfigResource(ca.ResourceType.TOPIC, topic,
                                     incremental_configs=list(entries))

        def change(operation, name, value=None):
            done(admin.incremental_alter_configs([resource(ca.ConfigEntry(
                name, value, incremental_operation=operation))]))

        def value(name, of=topic):
            found = done(admin.describe_configs([ca.ConfigResource(ca.ResourceType.TOPIC, of)]))
            return next(iter(found.values()))[name].value

        change(ca.AlterConfigOpType.SET, "max.message.bytes", "2000")
        change(ca.AlterConfigOpType.APPEND, "cleanup.policy", "compact")
        self.assertEqual((value("retention.ms"), value("max.message.bytes"),
                          value("cleanup.policy")), ("86400000", "2000", "delete,compact"))
        change(ca.AlterConfigOpType.SUBTRACT, "cleanup.policy", "compact")
        change(ca.AlterConfigOpType.DELETE, "retention.ms")
        self.assertEqual(value("cleanup.policy"), "delete")
        self.assertEqual(value("retention.ms"), value("retention.ms", of=untouched))
        with self.assertRaises(ck.KafkaException):
            change(ca.AlterConfigOpType.SET, "retention.ms", "soon")

    def test_records_are_deleted_up_to_an_offset(self):
        topic = create("trimmed")
        produce(topic, numbered(0, 10))
        where = ck.TopicPartition(topic, 0, 6)
        deleted = done(admin.delete_records([where]))
        self.assertEqual([d.low_watermark for d in deleted.values()], [6])
        found = done(admin.list_offsets({ck.TopicPartition(topic, 0): ca.OffsetSpec.earliest()}))
        self.assertEqual([o.offset for o in found.values()], [6])
        self.assertEqual([int(m.value()) for m in consume(topic, 4, offset=ck.OFFSET_BEGINNING)],
                         [6, 7, 8, 9])

    def test_groups_are_listed_described_moved_and_deleted(self):
        topic = create("grouped", partitions=2)
        produce(topic, numbered(0, 5))
        with Member("g-admin", topic, client_id="its client") as member:
            waiting.until(lambda: len(member.values) == 5, DEADLINE_S, "its events")
            described = done(admin.describe_consumer_groups(["g-admin"]))["g-admin"]
            self.assertEqual(described.state, ck.ConsumerGroupState.STABLE)
            self.assertEqual([(m.client_id, len(m.assignment.topic_partitions))
                              for m in described.members], [("its client", 2)])
            with self.assertRaises(ck.KafkaException) as refused:
                done(admin.delete_consumer_groups(["g-admin"]))
            self.assertEqual(refused.exception.args[0].code(), ck.KafkaError.NON_EMPTY_GROUP)
        self.assertIsNone(member.error)
        asked = ck.ConsumerGroupTopicPartitions("g-admin", [ck.TopicPartition(topic, 0)])
        offsets = done(admin.list_consumer_group_offsets([asked]))["g-admin"]
        self.assertEqual([p.offset for p in offsets.topic_partitions], [5])
        moved = ck.ConsumerGroupTopicPartitions("g-admin", [ck.TopicPartition(topic, 0, 2)])
        done(admin.alter_consumer_group_offsets([moved]))
        offsets = done(admin.list_consumer_group_offsets([asked]))["g-admin"]
        self.assertEqual([p.offset for p in offsets.topic_partitions], [2])
        self.assertIn("g-admin", self._groups())
        done(admin.delete_consumer_groups(["g-admin"]))
        self.assertNotIn("g-admin", self._groups())

    @staticmethod
    def _groups():
        return {g.group_id for g in admin.list_consumer_groups().result(DEADLINE_S).valid}


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""kafka-python: round trips in every codec, groups, idempotence, times, topics and their faults."""
# time limit: 240 s
import threading
import time
import unittest

from support import cases, log_under_test, python_clients, waiting

python_clients.enter()

import kafka  # noqa: E402
from kafka import errors  # noqa: E402
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic  # noqa: E402

import events  # noqa: E402

DEADLINE_S = 90


def setUpModule():
    global log, bootstrap, admin
    log = unittest.enterModuleContext(log_under_test.open_log())
    bootstrap = [log.kafka]
    admin = kafka.KafkaAdminClient(bootstrap_servers=bootstrap)
    unittest.addModuleCleanup(admin.close)


def create(topic, partitions=1, configs=None):
    admin.create_topics([NewTopic(topic, num_partitions=partitions, replication_factor=1,
                                  topic_configs=configs or {})])
    return topic


def produce(topic, sent, partition=0, **options):
    """Sends all, waits for every acknowledgement, and returns their offsets."""
    producer = kafka.KafkaProducer(bootstrap_servers=bootstrap, **options)
    try:
        futures = [producer.send(topic, key=e.key, value=e.value, headers=list(e.headers),
                                 partition=partition, timestamp_ms=e.timestamp_ms or None)
                   for e in sent]
        return [future.get(DEADLINE_S).offset for future in futures]
    finally:
        producer.close()


def consume(topic, count, partition=0, offset=None, **options):
    """The next `count` events of a partition, from its start or from `offset`."""
    consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap, **options)
    where = kafka.TopicPartition(topic, partition)
    consumer.assign([where])
    consumer.seek(where, offset) if offset is not None else consumer.seek_to_beginning(where)
    found = []

    def poll():
        for records in consumer.poll(200).values():
            found.extend(records)
        return len(found) >= count

    try:
        waiting.until(poll, DEADLINE_S, lambda: f"{count} events of {topic}; got {len(found)}")
    finally:
        consumer.close()
    return found


def as_events(records):
    return [events.Event(r.key, r.value, tuple((k, bytes(v)) for k, v in r.headers), r.timestamp)
            for r in records]


class Member:
    """A consumer of a group on a thread of its own, as a service would run it."""

    def __init__(self, group, topic):
        self.group, self.topic = group, topic
        self.assignment, self.values, self.error = set(), [], None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            consumer = kafka.KafkaConsumer(
                self.topic, bootstrap_servers=bootstrap, group_id=self.group,
                auto_offset_reset="earliest", enable_auto_commit=False, heartbeat_interval_ms=500)
            while not self._stop.is_set():
                for records in consumer.poll(100).values():
                    self.values += [r.value for r in records]
                    consumer.commit()
                self.assignment = {p.partition for p in consumer.assignment()}
            consumer.close()
        except Exception as error:  # shown by the test that waits for this member
            self.error = error

    def stop(self):
        self._stop.set()
        self._thread.join(DEADLINE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class RoundTrip(unittest.TestCase):
    def test_events_of_every_shape_come_back_in_every_codec(self):
        sent = events.mixed(300, cases.seed())
        for codec in events.CODECS:
            with self.subTest(codec=codec):
                topic = create(f"shapes-{codec}")
                offsets = produce(topic, sent, linger_ms=20,
                                  compression_type=None if codec == "none" else codec)
                self.assertEqual(offsets, list(range(len(sent))))
                events.assert_same(self, sent, as_events(consume(topic, len(sent))))

    def test_every_acks_setting_stores_the_events_once(self):
        sent = events.mixed(50, cases.seed())
        for acks in (0, 1, "all"):
            with self.subTest(acks=acks):
                topic = create(f"acks-{acks}")
                produce(topic, sent, acks=acks, enable_idempotence=False)
                events.assert_same(self, sent, as_events(consume(topic, len(sent))))

    def test_an_idempotent_producer_with_many_batches_in_flight_keeps_the_order(self):
        topic = create("idempotent")
        sent = [events.Event(None, b"%d" % n, (), 1) for n in range(5000)]
        offsets = produce(topic, sent, enable_idempotence=True, batch_size=500,
                          max_in_flight_requests_per_connection=5)
        self.assertEqual(offsets, list(range(5000)))
        self.assertEqual([int(r.value) for r in consume(topic, 5000)], list(range(5000)))

    def test_a_large_event_goes_through_and_one_above_the_limit_is_refused(self):
        topic = create("large")
        large = [events.Event(b"k", b"x" * 1_000_000, (), 1)]
        produce(topic, large, max_request_size=4_000_000)
        events.assert_same(self, large, as_events(consume(topic, 1)))
        with self.assertRaises(errors.MessageSizeTooLargeError):
            produce(topic, [events.Event(b"k", b"x" * 2_000_000, (), 1)],
                    max_request_size=4_000_000)
        events.assert_same(self, large, as_events(consume(topic, 1)))

    def test_an_event_larger_than_the_fetch_limit_is_still_delivered(self):
        topic = create("above-fetch-limit")
        sent = [events.Event(None, b"x" * 300_000, (), 1), events.Event(None, b"after", (), 1)]
        produce(topic, sent)
        found = consume(topic, 2, max_partition_fetch_bytes=1000)
        events.assert_same(self, sent, as_events(found))

    def test_reading_from_the_middle_starts_exactly_there(self):
        topic = create("middle")
        produce(topic, [events.Event(None, b"%d" % n, (), 1) for n in range(1000)], linger_ms=50)
        found = consume(topic, 10, offset=437)
        self.assertEqual([(r.offset, r.value) for r in found[:10]],
                         [(n, b"%d" % n) for n in range(437, 447)])

    def test_partitions_keep_their_own_order_and_offsets(self):
        topic = create("partitions", partitions=4)
        for partition in range(4):
            produce(topic, [events.Event(None, b"%d/%d" % (partition, n), (), 1)
                            for n in range(100)], partition=partition)
        for partition in range(4):
            self.assertEqual([r.value for r in consume(topic, 100, partition)],
                             [b"%d/%d" % (partition, n) for n in range(100)])

    def test_a_waiting_consumer_is_answered_when_an_event_arrives(self):
        topic = create("long-poll")
        consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=90_000,
                                       request_timeout_ms=180_000)
        self.addCleanup(consumer.close)
        consumer.assign([kafka.TopicPartition(topic, 0)])
        consumer.seek_to_beginning()
        started = time.monotonic()
        for n in range(4):  # from the second on, the next fetch is already waiting
            produce(topic, [events.Event(None, b"%d" % n, (), 1)])
            found = consumer.poll(89_000)
            self.assertEqual([r.value for records in found.values() for r in records], [b"%d" % n])
        self.assertLess(time.monotonic() - started, 60, "a fetch waited out its whole time")


class Times(unittest.TestCase):
    def test_offsets_are_found_by_time_and_at_both_ends(self):
        topic = create("times")
        start = 1_700_000_000_000
        produce(topic, [events.Event(None, b"x", (), start + 1000 * n) for n in range(100)])
        consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap)
        where = kafka.TopicPartition(topic, 0)
        self.addCleanup(consumer.close)
        for asked, offset, stamp in [(0, 0, start), (start, 0, start),
                                     (start + 500, 1, start + 1000),
                                     (start + 50_000, 50, start + 50_000)]:
            answer = consumer.offsets_for_times({where: asked})[where]
            self.assertEqual((answer.offset, answer.timestamp), (offset, stamp), f"time {asked}")
        self.assertIsNone(consumer.offsets_for_times({where: start + 1_000_000})[where])
        self.assertEqual(consumer.beginning_offsets([where])[where], 0)
        self.assertEqual(consumer.end_offsets([where])[where], 100)

    def test_with_log_append_time_the_log_sets_the_timestamp(self):
        topic = create("append-time", configs={"message.timestamp.type": "LogAppendTime"})
        before = int(time.time() * 1000)
        produce(topic, [events.Event(None, b"x", (), 1000)])
        record = consume(topic, 1)[0]
        self.assertEqual(record.timestamp_type, 1)
        self.assertGreaterEqual(record.timestamp, before)


class Groups(unittest.TestCase):
    def _await(self, condition, *members):
        def look():
            for member in members:
                if member.error:
                    raise member.error
            return condition()
        waiting.until(look, DEADLINE_S,
                      lambda: f"the group; assignments {[m.assignment for m in members]}, "
                              f"events {[len(m.values) for m in members]}")

    def test_two_members_share_the_partitions_and_one_takes_over_from_the_other(self):
        topic = create("shared", partitions=4)
        with Member("g-shared", topic) as one:
            self._await(lambda: one.assignment == {0, 1, 2, 3}, one)
            with Member("g-shared", topic) as two:
                self._await(lambda: len(one.assignment) == len(two.assignment) == 2
                            and one.assignment | two.assignment == {0, 1, 2, 3}, one, two)
                for partition in range(4):
                    produce(topic, [events.Event(None, b"%d-%d" % (partition, n), (), 1)
                                    for n in range(50)], partition=partition)
                self._await(lambda: len(one.values) + len(two.values) == 200, one, two)
                self.assertEqual(len(one.values), 100)
                self.assertEqual(len(set(one.values) | set(two.values)), 200)
            self._await(lambda: one.assignment == {0, 1, 2, 3}, one)
            produce(topic, [events.Event(None, b"last", (), 1)], partition=3)
            produce(topic, [events.Event(None, b"last", (), 1)], partition=0)
            self._await(lambda: one.values.count(b"last") == 2, one)

    def test_a_group_resumes_where_it_committed(self):
        topic = create("resumed")
        produce(topic, [events.Event(None, b"%d" % n, (), 1) for n in range(100)])
        with Member("g-resumed", topic) as first:
            self._await(lambda: len(first.values) == 100, first)
        produce(topic, [events.Event(None, b"%d" % n, (), 1) for n in range(100, 150)])
        with Member("g-resumed", topic) as second:
            self._await(lambda: len(second.values) == 50, second)
        self.assertEqual([int(v) for v in second.values], list(range(100, 150)))

    def test_committed_offsets_and_their_metadata_can_be_read_by_others(self):
        topic = create("committed", partitions=2)
        where = kafka.TopicPartition(topic, 1)
        consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap, group_id="g-committed",
                                       enable_auto_commit=False)
        consumer.assign([where])
        consumer.commit({where: kafka.OffsetAndMetadata(42, "by hand", -1)})
        consumer.close()
        other = kafka.KafkaConsumer(bootstrap_servers=bootstrap, group_id="g-committed")
        self.addCleanup(other.close)
        stored = other.committed(where, metadata=True)
        self.assertEqual((stored.offset, stored.metadata), (42, "by hand"))
        self.assertIsNone(other.committed(kafka.TopicPartition(topic, 0)))


class Topics(unittest.TestCase):
    def test_a_topic_is_created_described_listed_and_deleted(self):
        create("life", partitions=3)
        self.assertIn("life", admin.list_topics())
        described = admin.describe_topics(["life"])[0]
        self.assertEqual(sorted(p["partition_index"] for p in described["partitions"]), [0, 1, 2])
        produce("life", [events.Event(None, b"x", (), 1)])
        admin.delete_topics(["life"])
        waiting.until(lambda: "life" not in admin.list_topics(), DEADLINE_S, "the topic to go")
        create("life")
        consumer = kafka.KafkaConsumer(bootstrap_servers=bootstrap)
        self.addCleanup(consumer.close)
        where = kafka.TopicPartition("life", 0)
        self.assertEqual(consumer.end_offsets([where])[where], 0, "events of the deleted topic")

    def test_wrong_requests_get_the_errors_that_clients_know(self):
        create("taken")
        with self.assertRaises(errors.TopicAlreadyExistsError):
            create("taken")
        with self.assertRaises(errors.InvalidTopicError):
            create("not/a topic")
        with self.assertRaises(errors.InvalidPartitionsError):
            create("no-partitions", partitions=0)
        with self.assertRaises(errors.InvalidConfigurationError):
            create("bad-config", configs={"retention.ms": "soon"})
        with self.assertRaises(errors.UnknownTopicOrPartitionError):
            admin.delete_topics(["never-made"])

    def test_configs_given_at_creation_are_described_among_the_defaults(self):
        create("configured", configs={"retention.ms": "86400000", "cleanup.policy": "compact"})
        resource = ConfigResource(ConfigResourceType.TOPIC, "configured")
        changed = admin.describe_configs([resource])["topic"]["configured"]
        self.assertEqual({name: config["value"] for name, config in changed.items()},
                         {"retention.ms": "86400000", "cleanup.policy": "compact"})
        all_of_them = admin.describe_configs([resource], config_filter="all")["topic"]["configured"]
        self.assertEqual(all_of_them["max.message.bytes"]["value"], "1048588")
        self.assertEqual(all_of_them["retention.ms"]["value"], "86400000")
        self.assertIn("segment.bytes", all_of_them)

    def test_producing_to_an_unknown_topic_makes_it(self):
        produce("made-by-use", [events.Event(None, b"first", (), 1)])
        self.assertEqual(consume("made-by-use", 1)[0].value, b"first")


if __name__ == "__main__":
    cases.main()

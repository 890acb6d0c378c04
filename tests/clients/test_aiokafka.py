#!/usr/bin/env python3
"""aiokafka: round trips in every codec, idempotence, groups with range and sticky assignment and
static members, transactions, times, topics.
"""
# time limit: 300 s
import asyncio
import contextlib
import unittest

from support import cases, log_under_test, python_clients

python_clients.enter()

import aiokafka  # noqa: E402
from aiokafka import TopicPartition, errors  # noqa: E402
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic  # noqa: E402
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # noqa: E402
from aiokafka.coordinator.assignors.range import RangePartitionAssignor  # noqa: E402
from aiokafka.coordinator.assignors.sticky.sticky_assignor import (  # noqa: E402
    StickyPartitionAssignor)

import events  # noqa: E402

DEADLINE_S = 150  # of each test
COUNT = 2_000


def setUpModule():
    global log
    log = unittest.enterModuleContext(log_under_test.open_log())


@contextlib.asynccontextmanager
async def started(client):
    await client.start()
    try:
        yield client
    finally:
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())


def admin():
    return started(AIOKafkaAdminClient(bootstrap_servers=log.kafka))


def producer(**options):
    return started(aiokafka.AIOKafkaProducer(bootstrap_servers=log.kafka, **options))


def consumer(*topics, **options):
    return started(aiokafka.AIOKafkaConsumer(*topics, bootstrap_servers=log.kafka,
                                             auto_offset_reset="earliest", **options))


async def create(topic, partitions=1):
    async with admin() as a:
        made = await a.create_topics([NewTopic(topic, partitions, 1)])
    return topic, made.topic_errors[0][1]


async def produce(topic, sent, **options):
    async with producer(**options) as p:
        waiting = [await p.send(topic, e.value, key=e.key, headers=list(e.headers), partition=0,
                                timestamp_ms=e.timestamp_ms) for e in sent]
        return [(await each).offset for each in waiting]


async def consume(topic, count, **options):
    async with consumer(topic, **options) as c:
        return [await c.getone() for _ in range(count)]


async def until(ask, condition):
    """Asks until the answer is as it should be, which Kafka's may be only after a moment."""
    while not condition(await ask()):
        pass  # the time limit of the test ends it


class Member:
    """Reads as one of a group until all of it has read `COUNT` events. What it has not committed
    when the group rebalances is another's to read."""

    def __init__(self, topic, group, assignor, instance):
        self.made = consumer(topic, group_id=group, group_instance_id=instance,
                             partition_assignment_strategy=[assignor], enable_auto_commit=False)
        self.commits = 0

    async def run(self, seen):
        async with self.made as c:
            while len(seen) < COUNT:
                batches = await c.getmany(timeout_ms=100)
                seen.update((m.partition, m.offset) for batch in batches.values() for m in batch)
                if batches:
                    with contextlib.suppress(errors.CommitFailedError):
                        await c.commit()
                        self.commits += 1


class Aiokafka(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        await self.enterAsyncContext(asyncio.timeout(DEADLINE_S))

    async def test_events_of_every_shape_come_back_in_every_codec(self):
        sent = [e for e in events.mixed(300, cases.seed())
                if e.value is not None or e.key is not None]
        for codec in events.CODECS:
            topic, _ = await create(f"shapes-{codec}")
            offsets = await produce(topic, sent, enable_idempotence=True, linger_ms=5,
                                    compression_type=None if codec == "none" else codec)
            self.assertEqual(offsets, list(range(len(sent))))
            found = [events.Event(m.key, m.value, m.headers, m.timestamp)
                     for m in await consume(topic, len(sent))]
            events.assert_same(self, sent, found)

    async def test_groups_of_every_kind_read_all(self):
        topic, _ = await create("shared", partitions=4)
        async with producer() as p:
            for n in range(COUNT):
                await p.send(topic, b"%d" % n, key=b"%d" % n)
        for assignor in (RangePartitionAssignor, StickyPartitionAssignor):
            for instances in ((None, None), ("one", "two")):
                with self.subTest(assignor=assignor.name, instances=instances):
                    seen, group = set(), f"g-{assignor.name}-{instances[0]}"
                    members = [Member(topic, group, assignor, each) for each in instances]
                    await asyncio.gather(*(member.run(seen) for member in members))
                    async with admin() as a:
                        described = await a.describe_consumer_groups([group])
                        offsets = await a.list_consumer_group_offsets(group)
                    self.assertEqual(len(seen), COUNT)
                    self.assertEqual(described[0].groups[0][0], 0)
                    self.assertGreater(sum(member.commits for member in members), 0)
                    self.assertLessEqual(sum(o.offset for o in offsets.values()), COUNT)

    async def test_transactions_are_committed_aborted_and_fenced(self):
        topic, _ = await create("transactions")
        # A producer that is fenced leaves a future of its own behind, with the error in it.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with producer(transactional_id="aio") as first:
            for value in (b"first", b"aborted", b"last"):
                await first.begin_transaction()
                await first.send_and_wait(topic, value)
                if value == b"aborted":
                    await first.abort_transaction()
                    continue
                await first.send_offsets_to_transaction({TopicPartition(topic, 0): 7}, "aio-etl")
                await first.commit_transaction()
            found = await consume(topic, 2, isolation_level="read_committed")
            self.assertEqual([m.value for m in found], [b"first", b"last"])
            where = TopicPartition(topic, 0)
            async with admin() as a:
                await until(lambda: a.list_consumer_group_offsets("aio-etl"),
                            lambda offsets: where in offsets and offsets[where].offset == 7)
            async with producer(transactional_id="aio"):
                with self.assertRaises(errors.ProducerFenced):
                    async with first.transaction():
                        await first.send_and_wait(topic, b"late")

    async def test_offsets_are_found_by_time(self):
        topic, _ = await create("times")
        start = 1_700_000_000_000
        await produce(topic, [events.Event(None, b"x", (), start + n) for n in range(100)])
        where = TopicPartition(topic, 0)
        async with consumer() as c:
            self.assertEqual((await c.offsets_for_times({where: start + 42}))[where].offset, 42)
            self.assertEqual(await c.end_offsets([where]), {where: 100})

    async def test_topics_are_changed_and_faults_are_told(self):
        topic, error = await create("changed")
        self.assertEqual(error, 0)
        self.assertEqual((await create("changed"))[1], errors.TopicAlreadyExistsError.errno)
        async with admin() as a:
            await a.create_partitions({topic: NewPartitions(3)})
            await until(lambda: a.describe_topics([topic]),
                        lambda described: len(described[0]["partitions"]) == 3)
            wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "5000"})
            await a.alter_configs([wanted])
            asked = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": None})
            await until(lambda: a.describe_configs([asked]), lambda found:
                        found[0].resources[0][4][0][:2] == ("retention.ms", "5000"))
        with self.assertRaises(errors.MessageSizeTooLargeError):
            await produce(topic, [events.Event(None, b"x" * 2_000_000)],
                          max_request_size=4_000_000)


if __name__ == "__main__":
    cases.main()

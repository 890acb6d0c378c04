#!/usr/bin/env python3
# time limit: 300 s
"""`kill -9` of a server below a group: after the restart its members go on as if nothing had been.

Three members of one group of the classic protocol, of librdkafka and of Kafka's Java client, one
of them static: none is told to join again, the generation is the one it was, and all go on reading
and committing. A static member that was away meanwhile gets its partitions back. Likewise two of
the consumer protocol.
"""
import json
import sqlite3
import unittest

from support import cases, daybook, kafka, log_under_test, ports, python_clients, scratch, waiting

python_clients.enter()

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer  # noqa: E402: the venv's

DEADLINE_S = 150
PARTITIONS = 6
CLASSIC = {"partition.assignment.strategy": "range"}
# Who gives nothing back is put out soon: librdkafka does not ask again what it is to give back when
# the answer that said so got lost.
CONSUMER = {"group.protocol": "consumer", "max.poll.interval.ms": 45_000}
# What a commit may meet while the server is coming back.
NOT_YET = {KafkaError._TRANSPORT, KafkaError._WAIT_COORD, KafkaError._TIMED_OUT,
           KafkaError._TIMED_OUT_QUEUE, KafkaError.REQUEST_TIMED_OUT, KafkaError.NOT_COORDINATOR,
           KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}


class Member:
    """One of librdkafka's, that notes what it was told to give up."""

    def __init__(self, address, name, **settings):
        self.partitions, self.values, self.given_up = set(), [], 0
        self.consumer = Consumer({"bootstrap.servers": address, "group.id": "g",
                                  "client.id": name, "auto.offset.reset": "earliest",
                                  "enable.auto.commit": False, "log_level": 0,
                                  "reconnect.backoff.max.ms": 200, **settings})
        self.consumer.subscribe(["t"], on_assign=self._assigned, on_revoke=self._revoked,
                                on_lost=self._revoked)

    def _assigned(self, _, partitions):
        self.partitions = {each.partition for each in partitions}

    def _revoked(self, *_):
        self.partitions = set()
        self.given_up += 1

    def poll(self):
        message = self.consumer.poll(0.05)
        if message is not None and message.error() is None:
            self.values.append(message.value().decode())

    def id(self):
        return self.consumer.memberid()

    def commits(self):
        """Whether it may; a server that is coming back may still be unknown to it."""
        try:
            self.consumer.commit(asynchronous=False)
        except KafkaException as failed:
            if failed.args[0].code() not in NOT_YET:
                raise
            return False
        return True


class JavaMember:
    """Kafka's verifiable consumer: it commits what it reads, and reports what it does."""

    def __init__(self, address, folder):
        self.process = kafka.start_tool(
            "kafka-verifiable-consumer", "--bootstrap-server", address, "--topic", "t",
            "--group-id", "g", "--reset-policy", "earliest", "--verbose", log=folder / "java.log")

    def reports(self, name):
        lines = self.process.output().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [each for each in found if each["name"] == name]

    def values(self):
        return [each["value"] for each in self.reports("record_data")]

    def has_committed_all(self):
        """Each record that it reported, in a commit that succeeded."""
        committed = {each["partition"]: each["offset"]
                     for report in self.reports("offsets_committed") if report["success"]
                     for each in report["offsets"]}
        return all(committed.get(record["partition"], 0) > record["offset"]
                   for record in self.reports("record_data"))


class KilledBelowAGroup(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("kill-groups"))
        self.address = f"127.0.0.1:{ports.free_port()}"
        self.server = None
        self.start()
        self.addCleanup(lambda: self.server.kill())
        log_under_test.create_topic(self.server, "t", partitions=PARTITIONS)

    def start(self):
        self.server = daybook.serve(self.folder / "data", kafka=self.address,
                                    log=self.folder / "daybook.log")

    def produce(self, prefix):
        """One record into each partition."""
        producer = Producer({"bootstrap.servers": self.address})
        for partition in range(PARTITIONS):
            producer.produce("t", f"{prefix}{partition}", partition=partition)
        self.assertEqual(producer.flush(DEADLINE_S), 0)
        return sorted(f"{prefix}{partition}" for partition in range(PARTITIONS))

    def first_records(self, member):
        """The only member reads a record of each partition, and commits it: nobody who comes later
        asks where a partition begins, which librdkafka may still do when it is given another place
        to begin at."""
        expected = self.produce("first")
        self.await_all([member], lambda: sorted(member.values) == expected, "the first records")
        self.await_all([member], member.commits, "their commit")
        return expected

    def await_all(self, members, condition, what):
        def met():
            for member in members:
                member.poll()
            return condition()
        waiting.until(met, DEADLINE_S, what)

    def generation(self):
        with sqlite3.connect(f"file:{self.folder}/data/catalog.db?mode=ro", uri=True) as catalog:
            return catalog.execute("SELECT epoch, assigned FROM consumer_group "
                                   "WHERE group_id = 'g'").fetchall()

    def test_members_of_three_clients_go_on_in_their_generation(self):
        one = Member(self.address, "one", **CLASSIC)
        expected = self.first_records(one)
        fixed = Member(self.address, "two", **CLASSIC, **{"group.instance.id": "fixed"})
        java = JavaMember(self.address, self.folder)
        self.enterContext(java.process)
        both = [one, fixed]
        self.await_all(both, lambda: len(one.partitions) == len(fixed.partitions) == 2,
                       "three members to share six partitions")
        expected += self.produce("before")
        read = lambda: sorted(one.values + fixed.values + java.values())  # noqa: E731
        self.await_all(both, lambda: read() == sorted(expected), lambda: f"{read()}")
        given_up = [one.given_up, fixed.given_up, len(java.reports("partitions_revoked"))]
        ids, generation = [one.id(), fixed.id()], self.generation()

        self.server.kill()
        self.start()
        expected += self.produce("after")
        self.await_all(both, lambda: read() == sorted(expected), lambda: f"{read()}")
        for member in both:
            self.await_all(both, member.commits, "both to commit")
        self.await_all(both, java.has_committed_all, java.process.tail)
        self.assertEqual(
            [one.given_up, fixed.given_up, len(java.reports("partitions_revoked"))], given_up)
        self.assertEqual([one.id(), fixed.id()], ids)
        self.assertEqual(self.generation(), generation)

        held, others = fixed.partitions, one.partitions
        fixed.consumer.close()
        self.server.kill()
        self.start()
        back = Member(self.address, "two", **CLASSIC, **{"group.instance.id": "fixed"})
        self.await_all([one, back], lambda: back.partitions == held, "its partitions")
        self.assertEqual((one.partitions, one.given_up), (others, given_up[0]))
        self.assertEqual(self.generation(), generation)
        expected += self.produce("then")
        self.await_all([one, back],
                       lambda: sorted(read() + back.values) == sorted(expected), "the last ones")
        one.consumer.close()
        back.consumer.close()

    def test_so_do_members_of_the_consumer_protocol(self):
        both = [Member(self.address, "one", **CONSUMER)]
        expected = self.first_records(both[0])
        both.append(Member(self.address, "two", **CONSUMER))
        held = lambda: [{each.partition for each in member.consumer.assignment()}  # noqa: E731
                        for member in both]
        self.await_all(both, lambda: [len(each) for each in held()] == [3, 3], "both to share")
        expected += self.produce("before")
        read = lambda: sorted(both[0].values + both[1].values)  # noqa: E731
        self.await_all(both, lambda: read() == sorted(expected), lambda: f"{read()}")
        was = [held(), [member.given_up for member in both], [member.id() for member in both],
               self.generation()]

        self.server.kill()
        self.start()
        expected += self.produce("after")
        self.await_all(both, lambda: read() == sorted(expected), lambda: f"{read()}")
        for member in both:
            self.await_all(both, member.commits, "both to commit")
        self.assertEqual([held(), [member.given_up for member in both],
                          [member.id() for member in both], self.generation()], was)
        for member in both:
            member.consumer.close()


if __name__ == "__main__":
    cases.main()

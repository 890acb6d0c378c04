#!/usr/bin/env python3
"""Clients that do not take their answers, or announce more than they send: the server's memory is
bounded, and others are served meanwhile."""
# time limit: 300 s
import socket
import struct
import time
import unittest

from support import cases, daybook, scratch, waiting

import raw

# The server's own bounds (src/broker/limits.h), and what it takes besides.
ANSWERS_BYTES = 256 << 20
REQUESTS_BYTES = 256 << 20
OVERDRAFT_BYTES = 2 * (100 << 20)  # a buffer that grows holds twice what has arrived
REST_BYTES = 128 << 20
BATCH = raw.batch([b"x" * 900_000])
BATCHES = 60  # of the topic that is read slowly
READERS = 60
WRITERS = 40


class Topic(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(scratch.folder("slow"))
        self.server = self.enterContext(
            daybook.serve(folder / "data", "--durability", "os", log=folder / "daybook.log"))
        self.before = self.server.resident_bytes()
        self.others = []

    def tearDown(self):
        for connection in self.others:
            connection.socket.close()
        daybook.stop_cleanly(self.server)

    def connect(self, receive_buffer=None):
        connection = raw.Connection(self.server.kafka)
        if receive_buffer:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.others.append(connection)
        return connection

    def make(self, topic):
        with raw.Connection(self.server.kafka) as connection:
            waiting.until(lambda: raw.produce_error(
                self.exchange(connection, topic, b"first"), topic)[0] == 0,
                waiting.PATIENCE_S, "the topic")

    def exchange(self, connection, topic, value):
        self.assertIsNotNone(connection.ask(raw.metadata([topic])))
        return connection.ask(raw.produce(topic, raw.batch([value])))

    def serve_somebody(self, rounds=20):
        """An ordinary client's work: seconds that each round took at most."""
        longest = 0
        with raw.Connection(self.server.kafka) as connection:
            for number in range(rounds):
                begun = time.monotonic()
                answer = connection.ask(raw.produce("mine", raw.batch([b"value %d" % number])))
                error, offset = raw.produce_error(answer, "mine")
                self.assertEqual(error, 0)
                answer = connection.ask(raw.fetch("mine", offset, max_bytes=1 << 20))
                self.assertIn(b"value %d" % number, answer)
                longest = max(longest, time.monotonic() - begun)
        return longest

    def check_memory(self, bound):
        grown = self.server.resident_bytes() - self.before
        self.assertLess(grown, bound, f"resident memory grew by {grown >> 20} MB")
        return grown

    def test_readers_that_never_read(self):
        self.make("mine")
        self.make("big")
        with raw.Connection(self.server.kafka) as writer:
            for _ in range(BATCHES):
                self.assertEqual(raw.produce_error(writer.ask(raw.produce("big", BATCH)), "big")[0],
                                 0)
        alone = self.serve_somebody()
        bound = ANSWERS_BYTES + REST_BYTES
        for _ in range(READERS):
            reader = self.connect(receive_buffer=4096)
            for _ in range(4):
                reader.send(raw.fetch("big", 0, max_bytes=55 << 20))
            self.check_memory(bound)
        meanwhile = self.serve_somebody()
        grown = self.check_memory(bound)
        print(f"{READERS} readers that never read: {grown >> 20} MB more; a round of another "
              f"client took at most {meanwhile:.3f} s, alone {alone:.3f} s")

    def test_a_producer_that_never_reads_its_answers(self):
        self.make("mine")
        self.make("theirs")
        producer = self.connect(receive_buffer=64 << 10)
        producer.socket.settimeout(2)
        question = raw.produce("theirs", raw.batch([b"v"])) + raw.metadata(["mine", "theirs"])
        sent = 0
        try:
            while sent < 64 << 20:
                producer.socket.sendall(question * 100)
                sent += len(question) * 100
        except TimeoutError:
            pass  # it is no longer read from
        self.serve_somebody()
        grown = self.check_memory(REST_BYTES)
        print(f"a producer that never reads: {sent >> 10} KB taken, {grown >> 20} MB more")

    def test_huge_requests_that_do_not_come(self):
        self.make("mine")
        announced = struct.pack(">i", 100 << 20)
        bound = REQUESTS_BYTES + OVERDRAFT_BYTES + REST_BYTES
        part = bytes(8 << 20)
        for _ in range(WRITERS):
            writer = self.connect()
            writer.socket.settimeout(1)
            try:
                writer.socket.sendall(announced + struct.pack(">hhi", 0, 3, 1) + part)
            except (TimeoutError, BrokenPipeError, ConnectionResetError):
                pass  # it is held up, or was closed to make room
            self.check_memory(bound)
        self.serve_somebody()
        # What is larger than the server takes without asking for memory comes through as well.
        with raw.Connection(self.server.kafka) as connection:
            waiting.until(lambda: raw.produce_error(
                connection.ask(raw.produce("mine", BATCH)), "mine")[0] == 0, 60, "a large request")
        print(f"{WRITERS} requests announced: {self.check_memory(bound) >> 20} MB more")


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""Bytes on the port that no client would send: refused, without harm to anybody else."""
# time limit: 240 s
import random
import re
import struct
import unittest

from support import cases, daybook, processes, scratch, waiting

import raw

TOPIC = "kept"
MEMORY_BYTES = 64 << 20  # that abuse may add to what the idle server holds
GIB2 = 0x7FFFFFFF


def setUpModule():
    global server, acknowledged, resident_before
    folder = unittest.enterModuleContext(scratch.folder("port"))
    server = unittest.enterModuleContext(
        daybook.serve(folder / "data", log=folder / "daybook.log"))
    acknowledged = []
    keep("the first")
    resident_before = server.resident_bytes()


def keep(value):
    """Appends one event with acks=all and remembers that it was acknowledged."""
    processes.run(["kcat", "-b", server.kafka, "-P", "-t", TOPIC, "-p", "0"], input=value + "\n")
    acknowledged.append(value)


def kept():
    return processes.run(["kcat", "-b", server.kafka, "-C", "-q", "-e", "-t", TOPIC,
                          "-o", "beginning"]).stdout.splitlines()


def connect(timeout_s=waiting.PATIENCE_S):
    return raw.Connection(server.kafka, timeout_s)


class BadInput(unittest.TestCase):
    def tearDown(self):
        """After each: the server runs, serves, has lost nothing, and holds no memory for it."""
        self.assertTrue(server.running(), server.tail())
        keep(self.id())
        self.assertEqual(kept(), acknowledged)
        grown = server.resident_bytes() - resident_before
        self.assertLess(grown, MEMORY_BYTES, f"resident memory grew by {grown >> 20} MB")

    def assert_closed(self, data):
        with connect() as connection:
            connection.send(data)
            self.assertTrue(connection.closed(), f"still open after {data[:40]!r}")

    def assert_reported(self, data, pattern):
        """Of what is closed only some is told of in a second: what was done here before counts."""
        def is_reported():
            self.assert_closed(data)
            return re.search(pattern, server.output())
        waiting.until(is_reported, waiting.PATIENCE_S, lambda: f"/{pattern}/:\n{server.tail()}")

    def test_garbage_is_answered_by_closing(self):
        rng = random.Random(cases.seed())
        for _ in range(300):
            with connect() as connection:
                connection.send(rng.randbytes(rng.randrange(1, 5000)))

    def test_other_protocols_are_answered_by_closing(self):
        for greeting in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01"):
            self.assert_closed(greeting + b"\0" * 600)

    def test_a_request_that_announces_two_gibibytes_is_refused_at_once(self):
        self.assert_closed(struct.pack(">i", GIB2))
        self.assert_closed(struct.pack(">i", GIB2) + b"\0" * 100_000)
        self.assert_reported(struct.pack(">i", GIB2), "2147483647")

    def test_many_large_announcements_take_no_memory(self):
        connections = [connect() for _ in range(100)]
        try:
            for connection in connections:
                connection.send(struct.pack(">i", 90 << 20) + b"\0\0\0\x03" + b"\0" * 20_000)
            grown = server.resident_bytes() - resident_before
            self.assertLess(grown, MEMORY_BYTES, f"resident memory grew by {grown >> 20} MB")
        finally:
            for connection in connections:
                connection.__exit__()

    def test_negative_and_impossible_sizes_are_refused(self):
        for size in (-1, -0x80000000, 0, 3):
            self.assert_closed(struct.pack(">i", size) + b"\0" * 64)

    def test_requests_cut_anywhere_do_no_harm(self):
        for whole in raw.valid_requests("truncated"):
            for length in range(1, len(whole)):
                with connect() as connection:
                    connection.send(whole[:length])

    def test_requests_that_end_before_their_fields_do_are_refused(self):
        for whole in raw.valid_requests("short"):
            for length in range(12, len(whole) - 4, 3):
                with connect() as connection:
                    connection.send(struct.pack(">i", length) + whole[4:4 + length])

    def test_requests_with_flipped_bytes_do_no_harm(self):
        rng = random.Random(cases.seed())
        for _ in range(60):
            for whole in raw.valid_requests("mutated"):
                mutated = bytearray(whole)
                for _ in range(rng.randrange(1, 4)):
                    mutated[rng.randrange(8, len(mutated))] = rng.randrange(256)
                with connect() as connection:
                    connection.send(mutated)

    def test_counts_beyond_the_request_take_no_memory(self):
        self.assert_closed(raw.metadata(["x"], count=GIB2))
        self.assert_closed(raw.request(raw.PRODUCE, 3, struct.pack(">hhii", -1, -1, 1000, GIB2)))

    def test_an_unknown_api_is_refused(self):
        self.assert_reported(raw.request(9999, 0, b""), "9999")

    def test_an_unknown_version_of_a_known_api_is_refused(self):
        self.assert_reported(raw.request(raw.METADATA, 99, b"\0" * 20),
                             r"(?i)metadata.*99|99.*metadata")

    def test_an_unknown_version_of_api_versions_is_answered_in_version_0(self):
        with connect() as connection:
            response = connection.ask(raw.request(raw.API_VERSIONS, 99, b"\0" * 20, 77))
            correlation, error = struct.unpack_from(">ih", response)
            self.assertEqual((correlation, error), (77, raw.UNSUPPORTED_VERSION))
            again = connection.ask(raw.request(raw.API_VERSIONS, 0, b"", 78))
            self.assertEqual(struct.unpack_from(">ih", again), (78, 0))


class BadBatches(unittest.TestCase):
    tearDown = BadInput.tearDown

    def refused(self, records, topic=TOPIC):
        with connect() as connection:
            response = connection.ask(raw.produce(topic, records))
            self.assertIsNotNone(response, "the connection was closed without an answer")
            error, offset = raw.produce_error(response, topic)
            self.assertNotEqual(error, 0)
            self.assertEqual(offset, -1)
            return error

    def test_a_wrong_checksum_is_answered_with_corrupt_message(self):
        self.assertEqual(self.refused(raw.batch([b"x"], crc=0)), raw.CORRUPT_MESSAGE)

    def test_each_flipped_byte_that_the_checksum_covers_is_found(self):
        good = raw.batch([b"some value", b"another"])
        for at in range(21, len(good), 5):
            bad = bytearray(good)
            bad[at] ^= 0x40
            self.assertEqual(self.refused(bytes(bad)), raw.CORRUPT_MESSAGE, f"byte {at}")

    def test_lengths_that_lie_are_refused(self):
        good = raw.batch([b"x"])
        for length in (0, 10, len(good), GIB2, -1):
            self.refused(good[:8] + struct.pack(">i", length) + good[12:])
        self.refused(good[:-1])
        self.refused(good[:30])
        self.refused(b"")

    def test_counts_that_lie_are_refused_although_the_checksum_is_right(self):
        for count in (GIB2, 2, -5):
            self.refused(raw.batch([b"x"], count=count))

    def test_an_old_message_format_is_refused(self):
        good = bytearray(raw.batch([b"x"]))
        good[16] = 1
        self.refused(bytes(good))

    def test_a_good_batch_of_the_same_shape_is_taken(self):
        with connect() as connection:
            response = connection.ask(raw.produce(TOPIC, raw.batch([b"by hand"])))
            self.assertEqual(raw.produce_error(response, TOPIC), (0, len(acknowledged)))
            acknowledged.append("by hand")


class ManyConnections(unittest.TestCase):
    tearDown = BadInput.tearDown

    def test_clients_that_never_finish_a_request_do_not_keep_others_waiting(self):
        connections = [connect() for _ in range(300)]
        try:
            for connection in connections:
                connection.send(struct.pack(">i", 1000) + b"\0")
            keep("between idle connections")
        finally:
            for connection in connections:
                connection.__exit__()

    def test_a_client_that_sends_and_never_reads_takes_bounded_memory(self):
        with connect(timeout_s=2) as connection:
            question = raw.fetch(TOPIC, 0) + raw.request(raw.API_VERSIONS, 0, b"")
            try:
                for _ in range(2000):
                    connection.send(question * 20)
            except TimeoutError:
                pass  # the server stopped reading: that is its bound
            grown = server.resident_bytes() - resident_before
            self.assertLess(grown, MEMORY_BYTES, f"resident memory grew by {grown >> 20} MB")


def tearDownModule():
    daybook.stop_cleanly(server)


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""A client that says nothing for a while keeps its connection, and is served on it as before."""
import socket
import struct
import time
import unittest

from support import cases, daybook, ports, scratch, waiting

BROKER_LOOKS_EVERY_S = 30  # for idle connections: kSweepInterval in src/broker/limits.h


class IdleClient(unittest.TestCase):
    def test_a_silent_connection_survives_the_sweep(self):
        with scratch.folder() as folder, daybook.serve(folder / "data") as server:
            with socket.create_connection(ports.split(server.kafka), timeout=10) as client:
                self.ask(client)
                silent_since = time.monotonic()
                waiting.until(lambda: time.monotonic() - silent_since > BROKER_LOOKS_EVERY_S + 2,
                              60, "the broker to look for idle connections")
                self.ask(client)
            self.assertTrue(server.running())

    def ask(self, client):
        """ApiVersions, version 0: its answer begins with the correlation id and no error."""
        client.sendall(struct.pack(">ihhih", 10, 18, 0, 4711, -1))
        size = struct.unpack(">i", self.read(client, 4))[0]
        self.assertEqual(struct.unpack(">ih", self.read(client, size)[:6]), (4711, 0))

    def read(self, client, size):
        found = b""
        while len(found) < size:
            more = client.recv(size - len(found))
            self.assertTrue(more, "the broker closed the connection")
            found += more
        return found


if __name__ == "__main__":
    cases.main()

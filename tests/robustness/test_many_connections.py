#!/usr/bin/env python3
"""Five thousand connections, most of them idle: all are served, and their memory is bounded."""
# time limit: 240 s
import resource
import selectors
import struct
import unittest

from support import cases, daybook, scratch, waiting

import raw

CONNECTIONS = 5_000
ACTIVE = 100
ROUNDS = 5
BYTES_PER_CONNECTION = 32 << 10  # that the server may hold for an idle one
QUESTION = raw.request(raw.API_VERSIONS, 0, b"")


def setUpModule():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def ask_all(connections, question):
    """Sends it on all before reading from any; the number of answers."""
    selector = selectors.DefaultSelector()
    for connection in connections:
        connection.socket.sendall(question)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    answers = 0
    while answers < len(connections):
        ready = selector.select(timeout=waiting.PATIENCE_S)
        if not ready:
            break
        for key, _ in ready:
            answers += key.data.receive() is not None
            selector.unregister(key.fileobj)
    selector.close()
    return answers


class ManyConnections(unittest.TestCase):
    def test_all_are_served_and_idle_ones_cost_little(self):
        with scratch.folder("many") as folder, daybook.serve(folder / "data") as server:
            with raw.Connection(server.kafka) as first:
                self.assertIsNotNone(first.ask(raw.metadata(["t"])))
            before = server.resident_bytes()
            connections = [raw.Connection(server.kafka) for _ in range(CONNECTIONS)]
            try:
                self.assertEqual(ask_all(connections, QUESTION), CONNECTIONS)
                # Some work while the others are idle.
                active = connections[::CONNECTIONS // ACTIVE]
                for number in range(ROUNDS):
                    batch = raw.batch([b"round %d" % number])
                    self.assertEqual(ask_all(active, raw.produce("t", batch)), len(active))
                    self.assertEqual(ask_all(active, raw.fetch("t", number * len(active))),
                                     len(active))
                grown = server.resident_bytes() - before
                self.assertLess(grown, CONNECTIONS * BYTES_PER_CONNECTION, f"{grown >> 20} MB")
                print(f"{CONNECTIONS} connections: {grown >> 20} MB more")
                self.assertEqual(ask_all(connections, QUESTION), CONNECTIONS)
            finally:
                for connection in connections:
                    connection.socket.close()
            with raw.Connection(server.kafka) as last:
                answer = last.ask(raw.list_offsets("t", -1))
                end = struct.unpack(">q", answer[-8:])[0]
            self.assertEqual(end, ROUNDS * len(active))
            daybook.stop_cleanly(server)

    def test_one_address_has_as_many_as_it_may(self):
        with scratch.folder("per-ip") as folder, \
                daybook.serve(folder / "data", "--config", "max.connections.per.ip=3") as server:
            kept = [raw.Connection(server.kafka) for _ in range(3)]
            self.assertEqual([c.ask(QUESTION) is None for c in kept], [False] * 3)
            with raw.Connection(server.kafka) as refused:
                self.assertTrue(refused.closed())
            kept.pop().socket.close()

            def accepted():
                with raw.Connection(server.kafka) as another:
                    return another.ask(QUESTION) is not None
            waiting.until(accepted, waiting.PATIENCE_S, "the place of a connection that was closed")
            for connection in kept:
                connection.socket.close()
            daybook.stop_cleanly(server)


if __name__ == "__main__":
    cases.main()

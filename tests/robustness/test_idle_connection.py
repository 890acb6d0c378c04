#!/usr/bin/env python3
"""A connection that was idle while the server swept its idle connections is served as before."""
# time limit: 120 s
import time
import unittest

from support import cases, daybook, scratch, waiting

import raw

SWEPT_AFTER_S = 35  # the server looks every 30 s (src/broker/limits.h)


class IdleConnection(unittest.TestCase):
    def test_it_is_served_after_a_sweep(self):
        with scratch.folder("idle") as folder, daybook.serve(folder / "data") as server:
            connections = [raw.Connection(server.kafka) for _ in range(20)]
            question = raw.request(raw.API_VERSIONS, 0, b"")
            answers = [connection.ask(question) for connection in connections[:10]]
            swept_at = time.monotonic() + SWEPT_AFTER_S
            waiting.until(lambda: time.monotonic() > swept_at, 2 * SWEPT_AFTER_S, "a sweep")
            self.assertEqual([connection.ask(question) for connection in connections],
                             2 * answers)
            daybook.stop_cleanly(server)


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""A full disk: said clearly, nothing acknowledged lost, and it goes on once there is space."""
# time limit: 240 s
import unittest

from support import cases, daybook, processes, scratch, small_disk, waiting

import raw

TOPIC = "filling"
STORAGE_ERROR = 56
VALUE = b"x" * 100_000
BATCH = raw.batch([VALUE])


class DiskFull(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(scratch.folder("disk"))
        self.disk = folder / "disk"
        self.log = folder / "daybook.log"
        self.server = self.enterContext(daybook.serve(
            self.disk / "data", log=self.log, prefix=small_disk.prefix(self.disk, "24m")))
        self.ballast = small_disk.inside(self.server, self.disk) / "ballast"
        self.ballast.write_bytes(b"\0" * (4 << 20))
        processes.run(["kcat", "-b", self.server.kafka, "-P", "-t", TOPIC, "-p", "0"],
                      input="first\n")
        self.acknowledged = 1

    def append(self):
        """One event of 100 kB: Kafka's error code."""
        with raw.Connection(self.server.kafka) as connection:
            response = connection.ask(raw.produce(TOPIC, BATCH))
            self.assertIsNotNone(response, "the connection was closed without an answer")
            error, offset = raw.produce_error(response, TOPIC)
            if error == 0:
                self.assertEqual(offset, self.acknowledged)
                self.acknowledged += 1
            return error

    def fill(self):
        return waiting.until(self.append, waiting.PATIENCE_S, "the disk to be full")

    def stored(self):
        printed = processes.run(["kcat", "-b", self.server.kafka, "-C", "-q", "-e", "-t", TOPIC,
                                 "-o", "beginning", "-f", "%o %S\n"]).stdout
        return printed.splitlines()

    def expected(self):
        return ["0 5"] + [f"{n} {len(VALUE)}" for n in range(1, self.acknowledged)]

    def test_it_is_reported_and_reading_goes_on(self):
        self.assertEqual(self.fill(), STORAGE_ERROR)
        self.server.wait_for(r"(?i)no space|disk.* full|full.* disk")
        self.assertEqual(self.stored(), self.expected())
        # The journal gives back the room it took, so one of these may be stored: then it is there.
        errors = {self.append() for _ in range(5)}
        self.assertLessEqual(errors, {0, STORAGE_ERROR})
        self.assertEqual(self.stored(), self.expected())
        self.ballast.unlink()  # what a clean end writes has no room otherwise, and it says so
        daybook.stop_cleanly(self.server)

    def test_it_goes_on_once_there_is_space(self):
        self.fill()
        self.ballast.unlink()
        waiting.until(lambda: self.append() == 0, waiting.PATIENCE_S,
                      "an append to succeed with space again")
        for _ in range(5):
            self.assertEqual(self.append(), 0)
        self.assertEqual(self.stored(), self.expected())


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""Start-up and idle memory of `daybook serve`, as the README states them."""
# time limit: 120 s
# alone
import statistics
import subprocess
import time
import unittest

from support import BUILD, cases, daybook, ports, processes, scratch, waiting

STARTS = 15
RESIDENT_LIMIT_BYTES = 40_000_000
# Time depends on the machine, so a peer that starts beside it is the measure: an interpreter
# without a single import. Daybook binds ports, opens its catalog and syncs a folder besides.
PEER = ["python3", "-I", "-S", "-c", "pass"]
TIMES_THE_PEER = 12


def milliseconds(action):
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


class Figures(unittest.TestCase):
    def start(self, folder):
        """From before exec to the first accepted connection, in an empty folder."""
        port = ports.free_port()
        command = [daybook.BINARY, "serve", "--data", folder, "--kafka", f"127.0.0.1:{port}"]
        started = time.perf_counter()
        server = processes.Process(command, folder.with_suffix(".log"))
        with server:
            waiting.until(lambda: ports.accepts("127.0.0.1", port), 30, server.tail)
            took_ms = (time.perf_counter() - started) * 1000
            daybook.stop_cleanly(server)
        return took_ms

    def test_it_starts_about_as_fast_as_an_interpreter_does(self):
        peers, starts = [], []
        with scratch.folder("start") as folder:
            for n in range(STARTS):
                peers.append(milliseconds(lambda: subprocess.run(PEER, check=True)))
                starts.append(self.start(folder / f"data{n}"))
        start_ms, peer_ms = statistics.median(starts), statistics.median(peers)
        print(f"start to first accepted connection, empty folder: median {start_ms:.0f} ms, "
              f"worst {max(starts):.0f} ms of {STARTS} (python3 -c pass: {peer_ms:.0f} ms)")
        self.assertLess(start_ms, TIMES_THE_PEER * peer_ms)

    def test_idle_it_holds_less_than_40_megabytes(self):
        with scratch.folder("idle") as folder:
            with daybook.serve(folder / "data", http="127.0.0.1:0") as server:
                held = server.resident_bytes()
                processes.run(["kcat", "-b", server.kafka, "-L"])
                after = server.resident_bytes()
        print(f"resident memory of an idle `daybook serve`: {held / 1e6:.1f} MB, "
              f"after a first client {after / 1e6:.1f} MB")
        self.assertLess(after, RESIDENT_LIMIT_BYTES)

    def test_the_binary_and_what_travels_with_it(self):
        size = daybook.BINARY.stat().st_size
        beside = sum(f.stat().st_size for f in BUILD.glob("lib*.so*") if not f.is_symlink())
        print(f"daybook: {size / 1e6:.1f} MB, libraries beside it: {beside / 1e6:.1f} MB")
        self.assertGreater(size, 0)


if __name__ == "__main__":
    cases.main()

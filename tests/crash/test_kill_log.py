#!/usr/bin/env python3
# time limit: 900 s
"""`kill -9` of a log under the load of every kind of client, again and again: the whole history is
then judged against what is there.

The load is tests/tools/franz-go/crashload: producers (plain, idempotent, transactional, of keyed
records and of copies), readers at both levels of isolation, groups, topics that come and go,
records that are deleted, and topics that lose what is old, what is too much or what is superseded.
It kills the server itself, at a moment of a chosen kind: while a record
is appended, a transaction ends, an offset is committed, a topic is made. Other kills come at any
time, or while the log recovers from the one before. The clients go on by themselves.

What a partition's files survive is simulated in src/log/crash_test.cpp, with disks that lose what
was not synced. The broker above them keeps its decisions in SQLite, which uses the real disk alone:
topics, committed offsets and the ends of transactions are covered by the kills here.

DAYBOOK_KILLS says how many; DAYBOOK_CRASH_WORKERS which kinds of workers (all); with
DAYBOOK_TEST_LOG=kafka it is Apache Kafka that is killed.
"""
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import checker
from support import (ROOT, cases, daybook, go_client, kafka, log_under_test, ports, processes,
                     scratch)

HISTORY = ROOT / "build/test-logs/crash/test_kill_log.tsv"  # of a run that broke a promise
KILLS = int(os.environ.get("DAYBOOK_KILLS", 100))
# Kind of worker -> the moments that it has.
WORKERS = {"plain": (), "once": ("append", "ack"), "keyed": (), "group": ("commit",),
           "commit": ("commit",), "read": (), "churn": ("create", "delete"),
           "txn": ("end", "ended"), "copy": ("copy",), "trim": ("trim",), "retain": ()}
CHOSEN = os.environ.get("DAYBOOK_CRASH_WORKERS", "")
MOST_SKIPPED = {"append": 600, "ack": 600, "commit": 80, "end": 30, "ended": 30}  # of a life
REMOVED = ("trimmed", "aged", "sized", "compacted")  # the rules of topics that lose records
LONGEST_LIFE_S = 0.6
ONE_IN_RECOVERY = 8
LONGEST_RECOVERY_S = 0.08
MOMENT_S = 180  # until a chosen moment must have come
SEGMENT_BYTES = {"daybook": 16_384, "kafka": 1 << 20}  # the least that Kafka takes
# What removes looks for something to remove several times in a life; in the end it leaves alone.
OFTEN = {"daybook": ("--retention-check-ms", "100", "--compaction-check-ms", "150"),
         "kafka": ("log.initial.task.delay.ms=200", "log.retention.check.interval.ms=200",
                   "log.cleaner.backoff.ms=200")}


class Killed:
    """A log that is killed and started again on one folder and one port."""

    def __init__(self, folder):
        self.folder = folder
        self.port = ports.free_port()
        self.process = None

    def start(self, removing=True):
        options = OFTEN[log_under_test.name()] if removing else ()
        if log_under_test.name() == "kafka":
            self.process = kafka.broker(self.folder / "kafka", options)
        else:
            self.process = daybook.serve(self.folder / "data", *options,
                                         kafka=f"127.0.0.1:{self.port}",
                                         log=self.folder / "daybook.log")
        return self.process

    def start_and_kill(self, after_s):
        """Kills it while it recovers."""
        command = [daybook.BINARY, "serve", "--data", self.folder / "data", "--kafka",
                   f"127.0.0.1:{self.port}", *OFTEN["daybook"]]
        process = processes.Process(command, self.folder / "daybook.log")
        with unittest.TestCase().assertRaises(subprocess.TimeoutExpired, msg=process.tail()):
            process.popen.wait(after_s)
        process.kill()

    def wait_for_kill(self, load):
        """Returns when the load has killed it."""
        deadline = time.monotonic() + MOMENT_S
        while True:
            try:
                status = self.process.popen.wait(1)
                break
            except subprocess.TimeoutExpired:
                if not load.running() or time.monotonic() > deadline:
                    raise AssertionError(f"the moment to kill it did not come:\n{load.tail()}"
                                         f"\n{self.process.tail()}") from None
        if status != -signal.SIGKILL:
            raise AssertionError(f"it ended by itself, with status {status}:\n"
                                 f"{self.process.tail()}")

    def stop(self):
        if self.process is not None:
            self.process.stop()


class KillLog(unittest.TestCase):
    def test_kills_lose_repeat_and_tear_nothing(self):
        seed = cases.seed()
        self.dice = random.Random(seed)
        program = go_client.build_command("crashload")
        workers = {name: WORKERS[name] for name in CHOSEN.split(",")} if CHOSEN else WORKERS
        with scratch.folder("kills") as folder:
            history = folder / "history.tsv"
            log = Killed(folder)
            log.start()
            options = ["-bootstrap", log.process.kafka, "-history", history, "-seed", seed,
                       "-workers", ",".join(workers), "-segment-bytes",
                       SEGMENT_BYTES[log_under_test.name()]]
            try:
                self.endure(log, [program, "run", *options], workers)
                log.start(removing=False)
                processes.run([program, "final", *options], timeout_s=300)
            finally:
                log.stop()
            with open(history) as lines:
                breaches, judged = checker.judge(lines)
            self.report(judged)
            if breaches:
                HISTORY.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(history, HISTORY)
                self.fail("\n".join(breaches) + f"\nthe history is kept in {HISTORY}")
            if not CHOSEN:
                self.assert_busy(judged)

    def endure(self, log, command, workers):
        """Kills the log at KILLS moments; the load lives through them all."""
        moments = sorted({moment for kinds in workers.values() for moment in kinds}) + ["any"]
        with processes.Process(command, log.folder / "load.log", stdin=subprocess.PIPE) as load:
            load.wait_for("^working$", 180)
            for number in range(KILLS):
                moment = moments[number % len(moments)]
                self.arm(load, log.process.pid, moment)
                log.wait_for_kill(load)
                if log_under_test.name() == "daybook" and self.dice.randrange(ONE_IN_RECOVERY) == 0:
                    log.start_and_kill(self.dice.uniform(0, LONGEST_RECOVERY_S))
                log.start()
            self.tell(load, "stop")
            self.assertEqual(load.wait(180), 0, load.tail())
        log.process.kill()

    def arm(self, load, pid, moment):
        if moment == "any":
            micros, skipped, moment = self.dice.uniform(0, LONGEST_LIFE_S) * 1e6, 0, "ack"
        else:
            skipped = self.dice.randrange(MOST_SKIPPED.get(moment, 4))
            micros = self.dice.choice([0, 100, 1000, 5000]) * self.dice.random()
        self.tell(load, f"kill {pid} {moment} {skipped} {int(micros)}")

    def tell(self, load, words):
        try:
            load.popen.stdin.write(words.encode() + b"\n")
            load.popen.stdin.flush()
        except BrokenPipeError:
            self.fail(f"the load has ended:\n{load.tail()}")

    def report(self, history):
        counts = history.counts
        results = [t.result for t in history.transactions.values()]
        print(f"{KILLS} kills; records: {counts['send']} sent, {counts['ack']} acknowledged, "
              f"{counts['unknown']} unknown; transactions: "
              + ", ".join(f"{results.count(r)} {r or 'open'}"
                          for r in ("committed", "aborted", "unknown", ""))
              + f"; offsets: {counts['committed']} committed, {counts['answer']} answered; "
              f"{counts['read']} fetches; topics: {counts['created']} made, {counts['deleted']} "
              f"deleted; {counts['trimmed']} deletions of records; removed: "
              + ", ".join(f"{removed(history, rule)} {rule}" for rule in REMOVED), flush=True)

    def assert_busy(self, history):
        """There was something to lose, and something was removed."""
        for kind, per_kill in {"ack": 10, "committed": 1, "created": 0.1, "read": 2, "ended": 1,
                               "trimmed": 0.1}.items():
            self.assertGreater(history.counts[kind], KILLS * per_kill, kind)
        copies = sum(len(records) for (topic, _), records in history.log["committed"].items()
                     if topic == checker.COPIES)
        self.assertGreater(copies, KILLS, "copied")
        for rule in REMOVED:
            self.assertGreater(removed(history, rule), KILLS, rule)


def removed(history, rule):
    """How many acknowledged records of the topics with that rule are not there any more."""
    there = {name for place, records in history.log["uncommitted"].items()
             if history.rule(place[0]) == rule for _, name in records}
    return sum(sent.offset is not None and history.rule(sent.topic) == rule and name not in there
               for name, sent in history.sent.items())


if __name__ == "__main__":
    cases.main()

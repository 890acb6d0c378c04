#!/usr/bin/env python3
# time limit: 600 s
"""`kill -9` of processors at random moments of their work: what the topics at the end of the chain
hold for readers of committed events is, record for record, what a run without a crash makes, which
is computed here from the input.

Once the processors alone are killed (`daybook run`), once together with their log (`daybook up`),
and once one of two processes that share the work. However batches are cut, the result is the same.

DAYBOOK_PROCESSOR_KILLS says how many (50 is the whole of it); with DAYBOOK_TEST_LOG=kafka the log
is Apache Kafka.
"""
import json
import os
import random
import subprocess
import time
import unittest

from support import cases, daybook, log_under_test, scratch, waiting

KILLS = int(os.environ.get("DAYBOOK_PROCESSOR_KILLS", 8))
PARTITIONS = 3
WAIT_S = 180
BATCHES = (3, 20, 100)
APP = """app: pay
topics:
  pay.in: {partitions: 3, columns: {id: BIGINT, amount: "DECIMAL(18,2)", parts: JSON}}
processors:
  split:
    from: {p: pay.in}
    sql: SELECT id, amount * 2 AS twice, unnest(parts::INTEGER[]) AS part FROM p WHERE id % 5 <> 0
    to: pay.parts
    max_batch: ${BATCH}
  route:
    from: {q: pay.parts}
    sql: SELECT id, part, twice, 'p' || _partition AS came_from FROM q
    to: {pay.even: part % 2 = 0, pay.all: true}
    max_batch: ${BATCH}
"""
OUTPUTS = ("pay.parts", "pay.even", "pay.all", "pay.in.rejected")


def write_input(log, events, seed):
    chance = random.Random(seed)
    lines = []
    for number in range(events):
        if chance.random() < 0.01:
            lines.append(f"k{number}|not json {number}")
            continue
        value = {"id": number, "amount": f"{chance.randrange(10**6) / 100:.2f}",
                 "parts": [chance.randrange(100) for _ in range(chance.randrange(3))]}
        lines.append(f"k{chance.randrange(50)}|{json.dumps(value)}")
    daybook.run(["produce", "pay.in", "-K|", "--bootstrap", log], input="\n".join(lines) + "\n",
                timeout_s=60)


def read(log, topic):
    """The committed events of a topic, by partition, without their offsets."""
    done = daybook.run(["consume", topic, "-e", "--json", "--bootstrap", log], check=False,
                       timeout_s=60)
    by_partition = {number: [] for number in range(PARTITIONS)}
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        event = json.loads(line)
        by_partition[event["partition"]].append(
            (event["key"], event["value"], event["timestamp"]))
    return by_partition


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def expected(log):
    """What must be in the outputs, from what is in the input."""
    outputs = {topic: {number: [] for number in range(PARTITIONS)} for topic in OUTPUTS}
    rejected = []
    for partition, events in read(log, "pay.in").items():
        for key, value, timestamp in events:
            if not value.startswith("{"):
                rejected.append((key, value, timestamp))
                continue
            event = json.loads(value)
            if event["id"] % 5 == 0:
                continue
            cents = round(float(event["amount"]) * 100) * 2
            twice = f"{cents // 100}.{cents % 100:02}"
            for part in event["parts"]:
                row = {"id": event["id"], "twice": twice, "part": part}
                outputs["pay.parts"][partition].append((key, compact(row), timestamp))
                row = {"id": event["id"], "part": part, "twice": twice,
                       "came_from": f"p{partition}"}
                outputs["pay.all"][partition].append((key, compact(row), timestamp))
                if part % 2 == 0:
                    outputs["pay.even"][partition].append((key, compact(row), timestamp))
    outputs["pay.in.rejected"][0] = sorted(rejected)  # of one partition, from three
    return outputs


def count(by_partition):
    return sum(map(len, by_partition.values()))


class KillProcessors(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("processors"))
        self.app = self.folder / "app.yaml"
        self.app.write_text(APP)
        self.chance = random.Random(cases.seed())

    def run_app(self, log, batch, state="state"):
        arguments = ["run", self.app, "--bootstrap", log, "--state", self.folder / state, "--http",
                     "127.0.0.1:0"]
        return daybook.Server(arguments, self.folder / f"{state}.log", env={"BATCH": batch},
                              expect=("http",))

    def check(self, log, wanted, what=""):
        """Waits for all that is wanted; more than that, or anything else, is wrong."""
        def got_all():
            return all(count(read(log, topic)) >= count(wanted[topic]) for topic in OUTPUTS)

        waiting.until(got_all, WAIT_S, lambda: f"{what}: of " + ", ".join(
            f"{topic} {count(read(log, topic))}/{count(wanted[topic])}" for topic in OUTPUTS))
        for topic in OUTPUTS:
            got = read(log, topic)
            if topic.endswith(".rejected"):
                got[0].sort()
            self.assertEqual(got, wanted[topic], f"{what}: {topic}")

    def kill_at_random(self, start, alive_s):
        """Starts again and again, with batches of another size each time, and kills each."""
        for _ in range(KILLS):
            process = start(self.chance.choice(BATCHES))
            with self.assertRaises(subprocess.TimeoutExpired, msg=process.tail()):
                process.popen.wait(self.chance.uniform(*alive_s))
            process.kill()

    def test_the_processors_alone(self):
        with log_under_test.open_log() as log:
            log_under_test.create_topic(log, "pay.in", PARTITIONS)
            write_input(log.kafka, 400 * KILLS, cases.seed())
            wanted = expected(log.kafka)
            self.kill_at_random(lambda batch: self.run_app(log.kafka, batch), (0.1, 2.5))
            before = {topic: count(read(log.kafka, topic)) for topic in OUTPUTS}
            with self.run_app(log.kafka, 1000):
                self.check(log.kafka, wanted, f"{before} before the last start")

    def test_with_their_log(self):
        if log_under_test.name() == "kafka":
            return  # which is never in the same process
        data = self.folder / "data"

        def start(batch):
            return daybook.up(self.app, data, env={"BATCH": batch}, log=self.folder / "up.log")

        with start(1) as server:
            write_input(server.kafka, 300 * KILLS, cases.seed())
            wanted = expected(server.kafka)
        self.kill_at_random(start, (0.1, 2.0))
        with start(1000) as server:
            self.check(server.kafka, wanted)

    def test_one_takes_over_from_the_other(self):
        with log_under_test.open_log() as log:
            log_under_test.create_topic(log, "pay.in", PARTITIONS)
            write_input(log.kafka, 3000, cases.seed())
            wanted = expected(log.kafka)
            one = self.run_app(log.kafka, 3, "one")
            with self.run_app(log.kafka, 3, "two"):
                waiting.until(lambda: count(read(log.kafka, "pay.all")) > 50, WAIT_S, "some output")
                one.kill()
                started = time.monotonic()
                self.check(log.kafka, wanted, "after the takeover")
                print(f"taken over and done {time.monotonic() - started:.1f} s after the kill")

    def test_how_batches_are_cut_does_not_show(self):
        with log_under_test.open_log() as log:
            log_under_test.create_topic(log, "pay.in", PARTITIONS)
            write_input(log.kafka, 600, cases.seed())
            wanted = expected(log.kafka)
            for batch in (1, 7, 1000, 50000):
                # An app of another name reads from the beginning; its outputs are its own.
                text = APP.replace("app: pay", f"app: pay{batch}").replace(
                    "pay.parts", f"pay{batch}.parts").replace(
                    "pay.even", f"pay{batch}.even").replace("pay.all", f"pay{batch}.all")
                self.app.write_text(text)
                with self.run_app(log.kafka, batch, f"state{batch}"):
                    for topic in ("parts", "even", "all"):
                        waiting.until(lambda: count(read(log.kafka, f"pay{batch}.{topic}")) >=
                                      count(wanted[f"pay.{topic}"]), WAIT_S, f"batches of {batch}")
                        self.assertEqual(read(log.kafka, f"pay{batch}.{topic}"),
                                         wanted[f"pay.{topic}"], f"batches of {batch}: {topic}")


if __name__ == "__main__":
    cases.main()

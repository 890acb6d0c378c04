#!/usr/bin/env python3
# time limit: 900 s
"""`kill -9` of the program of an `exec` processor, and of Daybook, at random moments: what the
topics hold for readers of committed events is, record for record, what one run without a crash
makes, which is computed here from the input; and no program is left when its Daybook is gone.

On Daybook's own log and on Apache Kafka. DAYBOOK_PROCESSOR_KILLS says how many (50 is the whole
of it).
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import time

from support import cases, daybook, log_under_test, scratch, waiting

KILLS = int(os.environ.get("DAYBOOK_PROCESSOR_KILLS", 8))
PARTITIONS = 2
WAIT_S = 180
APP = """app: NAME
topics:
  NAME.in: {partitions: 2, columns: {id: BIGINT}}
processors:
  split:
    from: {p: NAME.in}
    exec:
      command: [python3, split.py]
      columns: {id: BIGINT, part: BIGINT}
      timeout: 1m
      max_in_flight: ${IN_FLIGHT}
    to: {NAME.parts: true, NAME.even: part % 2 = 0}
    max_batch: ${BATCH}
"""
PROGRAM = """import json, os, sys
open("pid-%d" % os.getpid(), "w").close()
for line in sys.stdin:
    event = json.loads(line)
    if event["id"] % 50 == 7:
        print(json.dumps({"_reject": "seven"}))
    else:
        print(json.dumps([{"id": event["id"], "part": part} for part in range(event["id"] % 3)]))
"""
OUTPUTS = ("parts", "even", "in.rejected")


def read(log, topic):
    """The committed events of a topic, by partition, without their offsets."""
    done = daybook.run(["consume", topic, "-e", "--json", "--bootstrap", log], check=False,
                       timeout_s=60)
    by_partition = {number: [] for number in range(PARTITIONS)}
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        event = json.loads(line)
        by_partition[event["partition"]].append((event["key"], event["value"]))
    return by_partition


def count(by_partition):
    return sum(map(len, by_partition.values()))


def expected(given):
    """What must be in the outputs, from what is in the input."""
    outputs = {topic: {number: [] for number in range(PARTITIONS)} for topic in OUTPUTS}
    for partition, events in given.items():
        for key, value in events:
            number = json.loads(value)["id"]
            if number % 50 == 7:
                outputs["in.rejected"][0].append((key, value))
                continue
            for part in range(number % 3):
                row = json.dumps({"id": number, "part": part}, separators=(",", ":"))
                outputs["parts"][partition].append((key, row))
                if part % 2 == 0:
                    outputs["even"][partition].append((key, row))
    outputs["in.rejected"][0].sort()  # of one partition, from two
    return outputs


class KillPrograms:
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("programs"))
        self.app = self.folder / "app.yaml"
        (self.folder / "split.py").write_text(PROGRAM)
        self.chance = random.Random(cases.seed())

    def begin(self, name):
        """An application of this name, whose topics begin with it."""
        self.name = name
        self.app.write_text(APP.replace("NAME", name))
        log_under_test.create_topic(self.log, f"{name}.in", PARTITIONS)

    def programs(self):
        """The numbers of the programs that were started here and live."""
        living = []
        for mark in self.folder.glob("pid-*"):
            number = int(mark.name.removeprefix("pid-"))
            try:
                words = pathlib.Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
                folder = os.readlink(f"/proc/{number}/cwd")
            except OSError:
                continue
            if b"split.py" in words and folder == str(self.folder.resolve()):
                living.append(number)
        return living

    def kill_a_program(self):
        """False if none lives at this moment."""
        living = self.programs()
        if not living:
            return False
        try:
            os.kill(self.chance.choice(living), signal.SIGKILL)
        except ProcessLookupError:  # it has ended meanwhile
            return False
        return True

    def start(self, batch, in_flight):
        return daybook.run_app(self.app, self.log.kafka, self.folder / "state",
                               env={"BATCH": batch, "IN_FLIGHT": in_flight})

    def write(self, first, last):
        lines = [f'k{number % 50}|{{"id":{number}}}' for number in range(first, last)]
        daybook.run(["produce", f"{self.name}.in", "-K|", "--bootstrap", self.log.kafka],
                    input="\n".join(lines) + "\n", timeout_s=60)

    def read(self, topic, least):
        """What a topic has, once that is enough."""
        def enough():
            found = read(self.log.kafka, f"{self.name}.{topic}")
            return found if count(found) >= least else None
        return waiting.until(enough, WAIT_S, lambda: f"{least} events in {topic}")

    def check(self, written):
        given = self.read("in", written)
        self.assertEqual(count(given), written)
        wanted = expected(given)
        for topic in OUTPUTS:
            self.read(topic, count(wanted[topic]))
        for topic in OUTPUTS:  # now that all is there, more than that is wrong as well
            got = self.read(topic, count(wanted[topic]))
            if topic.endswith(".rejected"):
                got[0].sort()
            self.assertEqual(got, wanted[topic], topic)

    def test_the_program(self):
        self.begin("program")
        self.write(0, 500)
        written = 500
        with self.start(1000, 50):
            for _ in range(KILLS):
                waiting.until(self.kill_a_program, WAIT_S, "a program to kill")
                self.write(written, written + 200)
                written += 200
            self.check(written)
        self.assertEqual(self.programs(), [], "are left after a clean stop")

    def test_the_program_and_daybook(self):
        self.begin("both")
        self.write(0, 300 * KILLS)
        for _ in range(KILLS):
            process = self.start(self.chance.choice((3, 50, 1000)),
                                 self.chance.choice((1, 10, 1000)))
            until = time.monotonic() + self.chance.uniform(0.1, 2.5)
            while time.monotonic() < until:
                if self.chance.random() < 0.2:
                    self.kill_a_program()
                with self.assertRaises(subprocess.TimeoutExpired, msg=process.tail()):
                    process.popen.wait(self.chance.uniform(0.05, 0.5))
            process.kill()
            waiting.until(lambda: not self.programs(), WAIT_S,
                          lambda: f"programs to end with their Daybook: {self.programs()}")
        with self.start(1000, 100):
            self.check(300 * KILLS)


def load_tests(loader, tests, pattern):
    return log_under_test.on_each(KillPrograms, loader)


if __name__ == "__main__":
    cases.main()

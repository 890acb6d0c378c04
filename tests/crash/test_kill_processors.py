#!/usr/bin/env python3
# time limit: 1200 s
"""`kill -9` of processors at random moments of their work: what the topics at the end of the chain
hold for readers of committed events is, record for record, what a run without a crash makes, which
is computed here from the input.

Once the processors alone are killed (`daybook run`), once together with their log (`daybook up`),
and then processes that share the work. The same events in batches of other sizes give the same
bytes (so do more events than the largest batch has, in memory: flow/batch_cut_test.cpp). All of it
on Daybook's own log and on Apache Kafka. At the end every group has committed the end of its
topics, the marks of transactions included.

Sessions that are told of whenever they change are told of as often as batches change them. What is
left of each key is the same however; and no key has a row twice, a tombstone before a row, or
anything behind its tombstone.

What a processor looks up in views is in its output once for each event, like all else. Of a view
that does not change once the processors have begun it is exactly what the view has. Of one that
changes it is, for each event, what the view had at a start of the processors after the event was
written, or later; and it never goes back from one event of a partition to the next.

DAYBOOK_PROCESSOR_KILLS says how many each case has: ten otherwise, 50 in all of them on both logs.
DAYBOOK_TEST_LOG names one log alone.
"""
import collections
import json
import os
import random
import re
import subprocess
import time
import unittest

from support import cases, daybook, log_under_test, processes, scratch, waiting

KILLS = int(os.environ.get("DAYBOOK_PROCESSOR_KILLS", 10))
PARTITIONS = 3
PROCESSES = 3  # that share the work
WAIT_S = 180
BATCHES = (3, 20, 100)
CUTS = (1, 7, 1_000, 50_000)
CUT_EVENTS = 2_100
APP = """app: pay
topics:
  pay.in: {partitions: 3, columns: {id: BIGINT, amount: "DECIMAL(18,2)", parts: JSON}}
  pay.kind: {partitions: 1, columns: {number: BIGINT, name: VARCHAR}}
  pay.rate: {partitions: 1, columns: {number: BIGINT, rate: BIGINT}}
views:
  kinds: {from: {k: pay.kind}, table: {key: number, sql: "SELECT number, name FROM k"}}
  rates:
    from: {r: pay.rate}
    table: {key: number, sql: "SELECT number, max(rate) AS rate FROM r GROUP BY number"}
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
  remember:
    from: {p: pay.in}
    history: {by: id % 7, keep: 30d}
    sql: |
      SELECT id, count(*) OVER w AS number, sum(amount) OVER (w ROWS 2 PRECEDING) AS last_three
      FROM p WINDOW w AS (ORDER BY _offset)
    to: pay.sums
    max_batch: ${BATCH}
  watch:
    from: {p: pay.in}
    window: {tumbling: 1ms, by: id % 7, late: 1ms}
    sql: |
      SELECT _partition, min(id) AS first, count(*) AS n, sum(amount) AS total
      FROM p
      GROUP BY _partition
    to: pay.windows
    max_batch: ${BATCH}
  visit:
    from: {p: pay.in}
    window: {session: 2ms, by: id % 7, late: 5ms, emit: update}
    sql: |
      SELECT concat_ws('@', id % 7, _partition, epoch_ms(_window_start), epoch_ms(_window_end))
                AS _key,
             min(id) AS first, count(*) AS n, sum(amount) AS total
      FROM p
      GROUP BY id % 7, _partition
    to: pay.visits
    max_batch: ${BATCH}
  price:
    from: {a: pay.all}
    history: {by: part % 7, keep: 30d}
    lookup: {kinds: {view: kinds, by: part % 7}, rates: {view: rates, by: part % 7}}
    sql: |
      SELECT id, part, count(*) OVER (ORDER BY _offset) AS nth, kinds.name AS kind, rates.rate
      FROM a
    to: pay.priced
    max_batch: ${BATCH}
"""
PROCESSORS = ("split", "route", "remember", "watch", "visit", "price")
OUTPUTS = ("parts", "even", "all", "sums", "windows", "priced", "in.rejected")
GAP_MS = 2
KINDS = [f"kind {number}" for number in range(6)]  # of the seventh there is none


def write_input(log, topic, first, events, seed):
    chance = random.Random(seed)
    lines = []
    for number in range(first, first + events):
        if chance.random() < 0.01:
            lines.append(f"k{number}|not json {number}")
            continue
        value = {"id": number, "amount": f"{chance.randrange(10**6) / 100:.2f}",
                 "parts": [chance.randrange(100) for _ in range(chance.randrange(3))]}
        lines.append(f"k{chance.randrange(50)}|{json.dumps(value)}")
    daybook.run(["produce", topic, "-K|", "--bootstrap", log], input="\n".join(lines) + "\n",
                timeout_s=60)


def events(log, topic):
    """The committed events of a topic, as kcat reads them; none if there is no such topic yet."""
    done = processes.run(["kcat", "-C", "-b", log, "-m", "60", "-t", topic, "-o", "beginning", "-e",
                          "-q", "-J", "-X", "fetch.wait.max.ms=10"], check=False)
    return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []


def outcome(log, topic):
    """All that a reader is given of the events of a topic, by partition, but for what may differ:
    the topic's name, and offsets, which the marks of transactions have as well."""
    by_partition = {number: [] for number in range(PARTITIONS)}
    for event in events(log, topic):
        del event["topic"], event["offset"]
        by_partition[event["partition"]].append(event)
    return by_partition


def read(log, topic):
    """What they are, by partition, without their offsets; of rejected ones, who refused what."""
    by_partition = {number: [] for number in range(PARTITIONS)}
    for event in events(log, topic):
        what = (event["key"], event["payload"], event["ts"])
        if topic.endswith(".rejected"):
            headers = dict(zip(event["headers"][::2], event["headers"][1::2]))
            if not headers["daybook.reason"]:
                raise AssertionError(f"rejected without a reason: {event}")
            what += tuple(headers["daybook." + name] for name in
                          ("task", "topic", "partition", "offset"))
        by_partition[event["partition"]].append(what)
    return by_partition


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def decimal(cents):
    return f"{cents // 100}.{cents % 100:02}"


def amounts_by(records, place):
    """The ids and amounts of a partition's events, by what `place` makes of time and key."""
    amounts = collections.defaultdict(list)
    for record in records:
        if record["payload"].startswith("{"):
            event = json.loads(record["payload"])
            amounts[place(record["ts"], str(event["id"] % 7))].append(
                (event["id"], round(float(event["amount"]) * 100)))
    return amounts


def sessions(partition, records):
    """Of a partition, by key: the value and time of the session. The times do not go back."""
    began, latest = {}, {}

    def place(time_ms, key):
        if key not in began or time_ms - latest[key, began[key]] >= GAP_MS:
            began[key] = time_ms
        latest[key, began[key]] = time_ms
        return key, began[key]

    found = {}
    for (key, start), ids in amounts_by(records, place).items():
        time_ms = latest[key, start]
        found[f"{key}@{partition}@{start}@{time_ms + GAP_MS}"] = (
            compact({"first": min(number for number, _ in ids), "n": len(ids),
                     "total": decimal(sum(cents for _, cents in ids))}), time_ms)
    return found


def left_of(test, by_partition):
    """Of sessions that were told of, what is left; their records must follow each other as they
    may."""
    left, gone = {}, set()
    for records in by_partition.values():
        for key, value, time_ms in records:
            test.assertNotIn(key, gone, "behind its tombstone")
            if value is None:
                test.assertIn(key, left, "a tombstone of nothing")
                del left[key]
                gone.add(key)
                continue
            if key in left:
                test.assertGreater(json.loads(value)["n"], json.loads(left[key][0])["n"], key)
            left[key] = (value, time_ms)
    return left


def windows(records):
    """Of a partition: a window of each millisecond and key, in the order in which they close,
    without those that are open at the end. The input's times do not go back."""
    amounts = amounts_by(records, lambda time_ms, key: (time_ms, key))
    last = max((record["ts"] for record in records), default=0)
    return [(key, compact({"first": ids[0][0], "n": len(ids),
                           "total": decimal(sum(cents for _, cents in ids))}), start)
            for (start, key), ids in sorted(amounts.items()) if start + 2 <= last]


def expected(log, name):
    """What must be in the outputs, from what is in the input."""
    outputs = {output: {number: [] for number in range(PARTITIONS)} for output in OUTPUTS}
    earlier = collections.defaultdict(list)
    priced = collections.Counter()
    topic = f"{name}.in"
    by_partition = {number: [] for number in range(PARTITIONS)}
    for record in events(log, topic):
        key, value, timestamp = record["key"], record["payload"], record["ts"]
        partition = record["partition"]
        by_partition[partition].append(record)
        if not value.startswith("{"):
            outputs["in.rejected"][0] += [  # of one partition, from four
                (key, value, timestamp, task, topic, str(partition), str(record["offset"]))
                for task in ("split", "remember", "watch", "visit")]
            continue
        event = json.loads(value)
        cents = round(float(event["amount"]) * 100)
        amounts = earlier[partition, event["id"] % 7]
        amounts.append(cents)
        row = {"id": event["id"], "number": len(amounts), "last_three": decimal(sum(amounts[-3:]))}
        outputs["sums"][partition].append((key, compact(row), timestamp))
        if event["id"] % 5 == 0:
            continue
        for part in event["parts"]:
            row = {"id": event["id"], "twice": decimal(cents * 2), "part": part}
            outputs["parts"][partition].append((key, compact(row), timestamp))
            row = {"id": event["id"], "part": part, "twice": decimal(cents * 2),
                   "came_from": f"p{partition}"}
            outputs["all"][partition].append((key, compact(row), timestamp))
            if part % 2 == 0:
                outputs["even"][partition].append((key, compact(row), timestamp))
            priced[partition, part % 7] += 1
            row = {"id": event["id"], "part": part, "nth": priced[partition, part % 7],
                   "kind": dict(enumerate(KINDS)).get(part % 7)}
            outputs["priced"][partition].append((key, compact(row), timestamp))
    outputs["windows"] = {number: windows(records) for number, records in by_partition.items()}
    outputs["in.rejected"][0].sort()
    visits = {}
    for number, records in by_partition.items():
        visits.update(sessions(number, records))
    return outputs, visits


def count(by_partition):
    return sum(map(len, by_partition.values()))


class App:
    """The application under a name of its own, which its topics and groups have, on a log. What
    it reads may be another's."""

    def __init__(self, name, folder, reads=None):
        self.name, self.folder, self.reads = name, folder, reads or name
        self.rejected_before = 0
        self.file = folder / f"{name}.yaml"
        self.file.write_text(re.sub(r"pay\.(in|kind|rate)\b", rf"{self.reads}.\1", APP)
                             .replace("pay", name))
        self.log = self.wanted = self.visits = None
        self.rate = self.events = 0
        self.least_rates = []  # of each event, by its number: the rate when it was written

    def twin(self, name):
        """The same over the same input, under another name."""
        twin = App(name, self.folder, reads=self.reads)
        for kept in ("log", "wanted", "visits", "rate", "events", "least_rates"):
            setattr(twin, kept, getattr(self, kept))
        twin.rejected_before = count(self.read("in.rejected"))
        return twin

    def create_views_topics(self):
        for topic in ("kind", "rate"):
            daybook.run(["topic", "create", f"{self.name}.{topic}", "--partitions", "1",
                         "--bootstrap", self.log])

    def give_views(self):
        """Their rows, in topics that are there before."""
        rows = [json.dumps({"number": number, "name": name}) for number, name in enumerate(KINDS)]
        daybook.run(["produce", f"{self.name}.kind", "--bootstrap", self.log],
                    input="\n".join(rows) + "\n")
        self.change_rates()

    def change_rates(self):
        self.rate += 1
        rows = [json.dumps({"number": number, "rate": self.rate}) for number in range(7)]
        daybook.run(["produce", f"{self.name}.rate", "--bootstrap", self.log],
                    input="\n".join(rows) + "\n")

    def give(self, events):
        """The input, or more of it, in a topic that is there before."""
        write_input(self.log, f"{self.name}.in", self.events, events, cases.seed() + self.events)
        self.events += events
        self.least_rates += [self.rate] * events
        self.wanted, self.visits = expected(self.log, self.name)

    def run(self, batch, state="state"):
        return daybook.run_app(self.file, self.log, self.folder / f"{self.name}-{state}",
                               env={"BATCH": batch})

    def topic(self, output):
        return f"{self.reads if output == 'in.rejected' else self.name}.{output}"

    def read(self, output):
        found = read(self.log, self.topic(output))
        if output == "in.rejected":
            del found[0][:self.rejected_before]
        return found

    def outcomes(self):
        """What there is in the end, of all outputs: to be compared with a twin's."""
        found = {output: outcome(self.log, self.topic(output)) for output in OUTPUTS}
        del found["in.rejected"][0][:self.rejected_before]
        found["in.rejected"][0].sort(key=str)  # of one partition, from four
        last = {event["key"]: event for records in outcome(self.log, self.topic("visits")).values()
                for event in records}
        found["visits"] = {key: event for key, event in last.items()
                           if event["payload"] is not None}
        return found

    def counts(self):
        return ", ".join(f"{output} {count(self.read(output))}/{count(self.wanted[output])}"
                         for output in OUTPUTS)

    def check(self, test, what):
        """Waits for all that is wanted; more than that, or anything else, is wrong."""
        waiting.until(lambda: all(count(self.read(output)) >= count(self.wanted[output])
                                  for output in OUTPUTS),
                      WAIT_S, lambda: f"{what}: {self.counts()}")
        for output in OUTPUTS:
            got = self.read(output)
            if output == "in.rejected":
                got[0].sort()
            if output == "priced":
                self.take_rates(test, got, what)
            test.assertEqual(got, self.wanted[output], f"{what}: {output}")
        waiting.until(lambda: left_of(test, self.read("visits")) == self.visits, WAIT_S,
                      lambda: f"{what}: sessions {left_of(test, self.read('visits'))}, not "
                              f"{self.visits}")
        waiting.until(lambda: all(lags == [0] * PARTITIONS for lags in self.lags().values()),
                      WAIT_S, lambda: f"{what}: {self.lags()}")

    def take_rates(self, test, priced, what):
        """Judges the rates that the events were given, and leaves what is to be compared."""
        for partition, records in priced.items():
            latest = collections.Counter()
            for place, (key, value, timestamp) in enumerate(records):
                row = json.loads(value)
                rate, number = row.pop("rate"), row["part"] % 7
                test.assertIsNotNone(rate, f"{what}: {value}")
                at_least = max(latest[number], self.least_rates[row["id"]])
                test.assertIn(rate, range(at_least, self.rate + 1),
                              f"{what}: partition {partition}, {value}")
                latest[number] = rate
                records[place] = (key, compact(row), timestamp)

    def lags(self):
        """Of each processor, those of its partitions that it has committed anything of."""
        lags = {}
        for processor in PROCESSORS:
            done = daybook.run(["group", "describe", f"{self.name}.{processor}", "--json",
                                "--bootstrap", self.log], check=False)
            found = json.loads(done.stdout)["partitions"] if done.returncode == 0 else []
            lags[processor] = [partition["lag"] for partition in found]
        return lags


class Kills:
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("processors"))
        self.chance = random.Random(cases.seed())

    def live(self, process, alive_s):
        """For a time by chance, and it must not end by itself in it."""
        with self.assertRaises(subprocess.TimeoutExpired, msg=process.tail()):
            process.popen.wait(self.chance.uniform(*alive_s))

    def kill_at_random(self, start, alive_s):
        """Starts again and again, with batches of another size each time, and kills each."""
        for _ in range(KILLS):
            process = start(self.chance.choice(BATCHES))
            self.live(process, alive_s)
            process.kill()


class KillProcessors(Kills):
    def app(self, name, events):
        app = App(name, self.folder)
        log_under_test.create_topic(self.log, f"{name}.in", PARTITIONS)
        app.log = self.log.kafka
        app.create_views_topics()
        app.give_views()
        app.give(events)
        return app

    def test_the_processors_alone(self):
        app = self.app("alone", 400)

        def start(batch):
            app.change_rates()
            app.give(400)
            process = app.run(batch)
            app.change_rates()
            return process

        self.kill_at_random(start, (0.1, 2.5))
        before = app.counts()
        with app.run(1000):
            app.check(self, f"{before} before the last start")

    def test_one_takes_over_from_the_other(self):
        app = self.app("takeover", 1500)
        one = app.run(3, "one")
        with app.run(3, "two"):
            waiting.until(lambda: count(app.read("all")) > 50, WAIT_S, "some output")
            one.kill()
            started = time.monotonic()
            app.check(self, "after the takeover")
            print(f"taken over and done {time.monotonic() - started:.1f} s after the kill")

    def test_several_share_the_work_while_they_are_killed(self):
        app = self.app("shared", 600 * KILLS)
        running = [app.run(3, f"of{number}") for number in range(PROCESSES)]
        for _ in range(KILLS):
            number = self.chance.randrange(PROCESSES)
            self.live(running[number], (0.1, 2.5))
            running[number].kill()
            running[number] = app.run(self.chance.choice(BATCHES), f"of{number}")
        before = app.counts()
        app.check(self, f"{before} after the last kill")
        for process in running:
            daybook.stop_cleanly(process)

    def test_how_batches_are_cut_does_not_show(self):
        given = self.app("cut", CUT_EVENTS)
        outcomes = {}
        for batch in CUTS:
            app = given.twin(f"cut{batch}")
            started = time.monotonic()
            with app.run(batch):
                app.check(self, f"batches of {batch}")
            outcomes[batch] = app.outcomes()
            print(f"batches of {batch}: {time.monotonic() - started:.1f} s")
        for batch in CUTS[1:]:
            for output, found in outcomes[CUTS[0]].items():
                self.assertEqual(outcomes[batch][output], found, f"{output}, batches of {batch}")


class KillTheirLog(Kills, unittest.TestCase):
    """Of Daybook alone: Apache Kafka is never in the same process."""

    def test_with_their_log(self):
        app = App("pay", self.folder)

        def start(batch):
            return daybook.up(app.file, self.folder / "data", env={"BATCH": batch},
                              log=self.folder / "up.log")

        with start(1) as server:
            app.log = server.kafka
            app.give_views()
        with start(1) as server:  # from now on the processors wait until the views have their rows
            app.log = server.kafka
            app.give(300 * KILLS)
        self.kill_at_random(start, (0.1, 2.0))
        with start(1000) as server:
            app.log = server.kafka
            app.check(self, "after the last start")


def load_tests(loader, tests, pattern):
    on_each = log_under_test.on_each(KillProcessors, loader)
    if log_under_test.name() == "kafka":
        return on_each
    tests.addTest(on_each)
    return tests


if __name__ == "__main__":
    cases.main()

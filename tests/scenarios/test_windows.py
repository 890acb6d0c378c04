#!/usr/bin/env python3
"""Windows of events whose times go forth and back: hours, and sessions that are told of whenever
they change, on Daybook's own log and on Apache Kafka, with processes that are killed. What must
come of them is computed from what was written; a document view follows the tombstones of the
sessions.

How many events were late is what the processor says and /metrics shows: each process of those that
it has seen itself, the rejected topic of all.
"""
# time limit: 400 s
import collections
import datetime
import json
import random
import unittest
import urllib.request

from support import bank, cases, daybook, log_under_test, processes, scratch, waiting

WAIT_S = 120
PARTITIONS = 2
CUSTOMERS = 12
CLICKS = 600  # in each part
START_MS = 1_767_225_600_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
GAP_MS = 10 * MINUTE_MS
LATE_MS = 5 * MINUTE_MS
APP = """app: shop
topics:
  shop.click:
    partitions: 2
    columns: {customer: VARCHAR, clicked_ms: BIGINT, page: BIGINT}
  shop.visit: {partitions: 2, config: {cleanup.policy: compact}}
processors:
  dated:
    from: {c: shop.click}
    sql: SELECT customer, page, clicked_ms AS _timestamp FROM c
    to: shop.dated
  hours:
    from: {d: shop.dated}
    window: {tumbling: 1h, by: customer, late: 5m}
    sql: |
      SELECT customer, epoch_ms(_window_start) AS began, count(*) AS clicks
      FROM d GROUP BY customer
    to: shop.hour
    max_batch: ${BATCH}
  visits:
    from: {d: shop.dated}
    window: {session: 10m, by: customer, late: 1000d, emit: update}
    sql: |
      SELECT json_object('customer', customer, 'began', epoch_ms(_window_start)) AS _key,
             customer, epoch_ms(_window_start) AS began, _window_end, count(*) AS clicks,
             sum(page) AS pages
      FROM d GROUP BY customer HAVING sum(page) % 3 <> 0
    to: shop.visit
    max_batch: ${BATCH}
views:
  visits: {from: {v: shop.visit}, document: {key: [customer, began]}}
"""


class Clicks:
    """In two parts; the times of the customers go back now and then."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.parts, now_ms = [], START_MS
        for _ in range(2):
            part = []
            for _ in range(CLICKS):
                now_ms += chance.randrange(2 * MINUTE_MS)
                back_ms = chance.randrange(HOUR_MS) if chance.random() < 0.3 else 0
                part.append({"customer": f"c{chance.randrange(CUSTOMERS)}",
                             "clicked_ms": now_ms - back_ms, "page": chance.randrange(100)})
            self.parts.append(part)

    def write(self, log, part):
        lines = [f"{click['customer']}|{json.dumps(click)}" for click in self.parts[part]]
        daybook.run(["produce", "shop.click", "-K|", "--bootstrap", log],
                    input="\n".join(lines) + "\n")


def records(log, topic):
    done = processes.run(["kcat", "-C", "-b", log, "-t", topic, "-o", "beginning", "-e", "-q",
                          "-J"])
    return [json.loads(line) for line in done.stdout.splitlines()]


def hours(dated):
    """The closed hours with their clicks, and how many clicks were late, of what `dated` holds."""
    clocks, counts, late = collections.defaultdict(int), collections.Counter(), 0
    for event in dated:
        customer, time_ms = json.loads(event["payload"])["customer"], event["ts"]
        partition = event["partition"]
        clocks[partition] = max(clocks[partition], time_ms)
        began = time_ms - time_ms % HOUR_MS
        if began + HOUR_MS <= clocks[partition] - LATE_MS:
            late += 1
        else:
            counts[partition, customer, began] += 1
    closed = [(customer, began, count) for (partition, customer, began), count in counts.items()
              if began + HOUR_MS <= clocks[partition] - LATE_MS]
    return sorted(closed), late


def visits(dated):
    """Customer, start, end, clicks and pages of every session that HAVING lets through."""
    clicks = collections.defaultdict(list)
    for event in dated:
        value = json.loads(event["payload"])
        clicks[value["customer"]].append((event["ts"], value["page"]))
    found = []
    for customer, list_of in clicks.items():
        sessions = []
        for time_ms, page in sorted(list_of):
            if not sessions or time_ms - sessions[-1][-1][0] >= GAP_MS:
                sessions.append([])
            sessions[-1].append((time_ms, page))
        found += [(customer, session[0][0], session[-1][0] + GAP_MS, len(session),
                   sum(page for _, page in session)) for session in sessions
                  if sum(page for _, page in session) % 3]
    return sorted(found)


def visit(value):
    return (value["customer"], value["began"],
            milliseconds(value["window_end"]), value["clicks"], int(value["pages"]))


def milliseconds(text):
    at = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
    return round(at.timestamp() * 1000)


class Scenarios:
    def test_windows_are_those_of_all_events_and_late_ones_are_counted(self):
        self.folder = self.enterContext(scratch.folder("windows"))
        self.app = self.folder / "app.yaml"
        self.app.write_text(APP)
        clicks = Clicks(cases.seed())
        log_under_test.create_topic(self.log, "shop.click", PARTITIONS)
        clicks.write(self.log.kafka, 0)
        with self.start(7) as server:
            late = self.wait_for_all(server, CLICKS)
            self.check_late(server, late)
            server.kill()
        self.assertGreater(late, 0)
        clicks.write(self.log.kafka, 1)
        with self.start(1000) as server:
            all_late = self.wait_for_all(server, 2 * CLICKS)
            self.check_late(server, all_late - late)
            self.check_visits(server)
            daybook.stop_cleanly(server)

    def start(self, batch):
        return daybook.run_app(self.app, self.log.kafka, self.folder / "state",
                               env={"BATCH": batch})

    def processor(self, server, name):
        return next(one for one in bank.get(server, "/processors")["processors"]
                    if one["name"] == name)

    def wait_for_all(self, server, clicks):
        """Until hours and sessions are those of all clicks; how many of these were late."""
        waiting.until(lambda: self.committed("hours") == clicks == self.committed("visits"), WAIT_S,
                      lambda: str(bank.get(server, "/processors")))
        dated = records(self.log.kafka, "shop.dated")
        self.assertEqual(len(dated), clicks)
        closed, late = hours(dated)
        got = [json.loads(event["payload"]) for event in records(self.log.kafka, "shop.hour")]
        self.assertEqual(closed, sorted((row["customer"], row["began"], row["clicks"])
                                        for row in got))
        state = {}
        for event in records(self.log.kafka, "shop.visit"):
            if event["payload"] is None:
                self.assertIn(event["key"], state, "what was never there is not taken back")
                del state[event["key"]]
            else:
                state[event["key"]] = visit(json.loads(event["payload"]))
        self.assertEqual(sorted(state.values()), visits(dated))
        self.assertEqual(self.rejected(), late)
        return late

    def committed(self, processor):
        """Events that the group has passed."""
        done = daybook.run(["group", "describe", f"shop.{processor}", "--json", "--bootstrap",
                            self.log.kafka], check=False)
        found = json.loads(done.stdout)["partitions"] if done.returncode == 0 else []
        if any(partition["lag"] for partition in found):
            return 0
        dated = processes.run(["kcat", "-C", "-b", self.log.kafka, "-t", "shop.dated", "-o",
                               "beginning", "-e", "-q", "-f", "%p %o\n"], check=False).stdout
        offsets = {partition["partition"]: partition["committed"] for partition in found}
        places = [tuple(map(int, line.split())) for line in dated.splitlines()]
        return sum(offset < (offsets.get(partition) or 0) for partition, offset in places)

    def rejected(self):
        """Of what was read by `hours`; each is late, and there once."""
        found = set()
        for event in records(self.log.kafka, "shop.dated.rejected"):
            headers = dict(zip(event["headers"][::2], event["headers"][1::2]))
            self.assertEqual(headers["daybook.task"], "hours")
            self.assertTrue(headers["daybook.reason"].startswith("late: "), headers)
            place = (headers["daybook.partition"], headers["daybook.offset"])
            self.assertNotIn(place, found)
            found.add(place)
        return len(found)

    def check_late(self, server, late):
        """What this process says: of the events that it was given, not of those it read back. A
        batch whose commit was not answered it does not count."""
        def counted():
            hours = self.processor(server, "hours")
            return (hours["late"] == late or hours["last_error"]) and hours

        hours = waiting.until(counted, WAIT_S,
                              lambda: f"{late} late events: {self.processor(server, 'hours')}")
        self.assertLessEqual(hours["late"], late)
        self.assertEqual(hours["rejected"], hours["late"])
        self.assertEqual(self.processor(server, "visits")["late"], 0)
        with urllib.request.urlopen(f"http://{server.http}/metrics") as answer:
            metrics = answer.read().decode()
        self.assertIn(f'daybook_processor_events_late_total{{processor="hours"}} {hours["late"]}\n',
                      metrics)

    def check_visits(self, server):
        wanted = visits(records(self.log.kafka, "shop.dated"))

        def rows():
            try:
                found = bank.query(server, "visits", "SELECT document FROM visits")["rows"]
            except AssertionError as problem:  # the view is not complete yet
                if not server.running():
                    raise
                return [str(problem)]
            return sorted(visit(json.loads(row["document"])) for row in found)

        waiting.until(lambda: rows() == wanted, WAIT_S,
                      lambda: f"{wanted[:3]}…, not {rows()[:3]}…")


def load_tests(loader, tests, pattern):
    tests.addTest(log_under_test.on_each(Scenarios, loader))
    return tests


if __name__ == "__main__":
    cases.main()

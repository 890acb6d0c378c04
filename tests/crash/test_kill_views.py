#!/usr/bin/env python3
# time limit: 400 s
"""`kill -9` of a process with views of all six kinds, over a captured table and over a plain topic,
at random moments while events come: once it has caught up, every view shows, row for row, what it
shows where nobody was killed, which another process makes of the same topics at the end. So it is
with what lineage explains of every row; and the last value of every key in the topics to which
views publish their changes is the view's row.

On Daybook's log and, with fewer kills, on Apache Kafka. DAYBOOK_VIEW_KILLS says how many there are
on each, DAYBOOK_TEST_LOG names one log alone.
"""
import json
import os
import random
import re
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from support import cases, daybook, log_under_test, processes, scratch, waiting

KILLS = {log: int(os.environ.get("DAYBOOK_VIEW_KILLS", kills))
         for log, kills in (("daybook", 50), ("kafka", 10))}
LONGEST_LIFE_S = 0.8
LONGEST_MOMENT_S = 0.1  # between the last events and the kill
EXPLAINED = 4  # rows of a view
WAIT_S = 180
PARTITIONS = 2
CHUNK = 40  # events that are written at once, to each topic
IDS = 200
CITIES = ("Bern", "Berlin", "Basel", "Bozen")
WORDS = ("rent", "march", "late", "paid", "twice", "owed")
TABLE, NOTES = "pay.account", "pay.note"
TABLE_SCHEMA = {"envelope": "debezium", "columns": [
    {"name": "id", "type": "BIGINT", "key": True}, {"name": "owner", "type": "BIGINT"},
    {"name": "city", "type": "VARCHAR"}, {"name": "amount", "type": "DECIMAL(18,2)"},
    {"name": "note", "type": "VARCHAR"}, {"name": "stamp", "type": "BIGINT"}]}
APP = """app: pay
topics:
  pay.note:
    partitions: 2
    columns: {id: BIGINT, owner: BIGINT, city: VARCHAR, amount: "DECIMAL(18,2)", note: VARCHAR,
              stamp: BIGINT}
views:
"""
# Each kind, over both topics.
KINDS = {
    "sums": """
    table:
      key: owner
      sql: |
        SELECT owner, sum(amount) AS total, count(*) AS entries, avg(amount) AS mean,
               max(amount) AS largest, last(note) AS latest, list(id ORDER BY stamp)[1:5] AS ids
        FROM t GROUP BY owner HAVING count(*) > 1
    lineage: true
    changes: CHANGES""",
    "documents": """
    document: {key: id, mode: merge, index: [city]}
    lineage: true
    changes: CHANGES""",
    "texts": "search: {key: id, text: [note], facets: [city]}",
    "edges": """
    graph:
      edge: {key: id, from: owner, to: city, type: "'IN'", properties: [amount]}""",
    "cells": "wide: {row: id, columns: {'f:amount': amount, 'f:note': note}, versions: 5}",
    "files": """
    columnar:
      sql: SELECT _partition AS part, _offset AS place, id, owner, city, amount, stamp FROM t
      partition_by: [city]""",
}
VIEWS = {f"{kind}_of_{name}": topic for kind in KINDS
         for name, topic in (("table", TABLE), ("notes", NOTES))}
JSON_COLUMNS = ("document", "ids")
KEYS = {"sums": "owner", "documents": "id"}  # of those that publish changes and have lineage


def app(publishes):
    """The views; without topics of changes for the run that nobody kills."""
    text = APP
    for view, topic in VIEWS.items():
        definition = KINDS[view.partition("_")[0]].replace("CHANGES", f"changes.{view}")
        if not publishes:
            definition = definition.partition("    changes:")[0]
        text += f"  {view}:\n    from: {{t: {topic}}}\n    {definition.strip()}\n"
    return text


def canonical(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


class Events:
    """What comes: changes of a table's rows, and notes that are written, patched and taken back."""

    def __init__(self, log, chance):
        self.log, self.chance = log, chance
        self.table = {}
        self.written = 0

    def row(self, number):
        self.written += 1
        return {"id": number, "owner": self.chance.randrange(30),
                "city": self.chance.choice(CITIES),
                "amount": f"{self.chance.randrange(-10**5, 10**5) / 100:.2f}",
                "note": " ".join(self.chance.choices(WORDS, k=3)), "stamp": self.written}

    def change(self):
        number = self.chance.randrange(IDS)
        before = self.table.pop(number, None)
        after = None if before and self.chance.random() < 0.3 else self.row(number)
        if after:
            self.table[number] = after
        op = "d" if not after else "u" if before else "c"
        key = json.dumps({"id": number}, separators=(",", ":"))
        return f"{key}|{json.dumps({'before': before, 'after': after, 'op': op})}"

    def note(self):
        number = self.chance.randrange(IDS)
        dice = self.chance.random()
        if dice < 0.1:
            return f"{number}|"  # a tombstone
        if dice < 0.11:
            return f"{number}|not json"
        return f"{number}|{json.dumps(self.row(number))}"

    def write(self):
        for topic, make in ((TABLE, self.change), (NOTES, self.note)):
            lines = [make() for _ in range(CHUNK)]
            processes.run(["kcat", "-P", "-b", self.log, "-t", topic, "-K|", "-Z",
                           "-X", "linger.ms=0"], input="\n".join(lines) + "\n")


class Shown:
    """What a process with the app shows."""

    def __init__(self, server):
        self.server = server

    def ask(self, path, body=None):
        request = urllib.request.Request(
            f"http://{self.server.http}{path}", body and json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode()}") from None

    def wait_for_all(self, written):
        """Until the positions are the ends: a lag is that of the last look at the log."""
        def views():
            return {view["name"]: (view["state"], daybook.applied(view), view["detail"])
                    for view in self.ask("/views")["views"]}

        def caught_up():
            return all(view[:2] == ("running", written[VIEWS[name]])
                       for name, view in views().items())

        waiting.until(caught_up, WAIT_S, lambda: f"views to take {written}: {views()}\n"
                                                 f"{self.server.tail()}")

    def rows(self, view):
        body = {"sql": f"SELECT * FROM {view}", "row_limit": 100_000}
        return self.ask(f"/views/{view}/query", body)["rows"]

    def lineage(self, view, keys):
        explained = {}
        for key in keys:
            shown = self.ask(f"/views/{view}/explain?key={key}&event_limit=1000")
            shown.pop("position", None)
            explained[key] = shown
        return explained


class KillViews:
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("views"))
        self.chance = random.Random(cases.seed())
        self.events = Events(self.log.kafka, self.chance)

    def run_app(self, state, publishes):
        file = self.folder / f"{state}.yaml"
        file.write_text(app(publishes))
        return daybook.run_app(file, self.log.kafka, self.folder / state)

    def live(self, process):
        """For a time by chance, in which events come; and it must not end by itself in it."""
        ends = time.monotonic() + self.chance.uniform(0, LONGEST_LIFE_S)
        while time.monotonic() < ends:
            self.events.write()
        with self.assertRaises(subprocess.TimeoutExpired, msg=process.tail()):
            process.popen.wait(self.chance.uniform(0, LONGEST_MOMENT_S))

    def kill_at_random(self):
        for _ in range(KILLS[self.log_name]):
            process = self.run_app("killed", publishes=True)
            self.live(process)
            process.kill()

    def test_every_view_is_that_of_a_run_without_a_crash(self):
        for topic in (TABLE, NOTES):
            log_under_test.create_topic(self.log, topic, PARTITIONS)
        log_under_test.create_topic(self.log, "daybook.schemas", 1,
                                    ["cleanup.policy=compact"])
        processes.run(["kcat", "-P", "-b", self.log.kafka, "-t", "daybook.schemas", "-K|"],
                      input=f"{TABLE}|{json.dumps(TABLE_SCHEMA)}\n")
        began = time.monotonic()
        self.kill_at_random()
        killed_s = time.monotonic() - began
        with self.run_app("killed", True) as killed, self.run_app("calm", False) as calm:
            self.compare(Shown(killed), Shown(calm))
        print(f"seed {cases.seed()}: {KILLS[self.log_name]} kills in {killed_s:.0f} s, "
              f"{self.events.written} rows, compared after {time.monotonic() - began:.0f} s")

    def written(self):
        """How many events each topic has."""
        ends = [word for topic in (TABLE, NOTES) for number in range(PARTITIONS)
                for word in ("-t", f"{topic}:{number}:-1")]
        told = processes.run(["kcat", "-Q", "-b", self.log.kafka, "-m", "60", *ends]).stdout
        counts = dict.fromkeys((TABLE, NOTES), 0)
        for topic, offset in re.findall(r"^(\S+) \[\d+\] offset (\d+)$", told, re.MULTILINE):
            counts[topic] += int(offset)
        return counts

    def compare(self, killed, calm):
        written = self.written()
        self.assertGreater(min(written.values()), 0)
        killed.wait_for_all(written)
        calm.wait_for_all(written)
        for view in VIEWS:
            rows = killed.rows(view)
            self.assertGreater(len(rows), len(CITIES) - 1, view)
            self.assertEqual(canonical(rows), canonical(calm.rows(view)), view)
            key = KEYS.get(view.partition("_")[0])
            if key:
                self.compare_more(view, key, rows, killed, calm)

    def compare_more(self, view, key, rows, killed, calm):
        keys = self.chance.sample([row[key] for row in rows], EXPLAINED)
        self.assertEqual(killed.lineage(view, keys), calm.lineage(view, keys), view)
        wanted = {json.dumps({key: row[key]}, separators=(",", ":")): row for row in rows}
        for row in rows:
            row.update({name: json.loads(row[name]) for name in JSON_COLUMNS if row.get(name)})

        def published():
            return daybook.last_values(f"changes.{view}", self.log.kafka)

        waiting.until(lambda: published() == wanted, WAIT_S,
                      lambda: f"changes.{view} to end in the rows: {killed.server.tail()}")


def load_tests(loader, tests, pattern):
    return log_under_test.on_each(KillViews, loader)


if __name__ == "__main__":
    cases.main()

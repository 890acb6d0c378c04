#!/usr/bin/env python3
# time limit: 600 s
"""`kill -9` of views that publish their changes, at random moments: when they have caught up, the
last value of every key in a change topic is the row that the view has, and a key whose row is gone
ends with a tombstone. Between kills the view is also rebuilt and swapped.

Once alone, on Daybook's own log and on Apache Kafka, and once together with their log.
DAYBOOK_CHANGE_KILLS says how many kills there are each time, DAYBOOK_TEST_LOG names one log alone.
"""
import json
import os
import random
import subprocess
import unittest

from support import cases, daybook, log_under_test, scratch, waiting

KILLS = int(os.environ.get("DAYBOOK_CHANGE_KILLS", 6))
WAIT_S = 180
APP = """app: pay
topics:
  pay.in: {partitions: 2, columns: {id: BIGINT, account: BIGINT, amount: "DECIMAL(18,2)"}}
views:
  balances:
    from: {p: pay.in}
    table:
      key: account
      sql: SELECT account, sum(amount) AS balance, count(*) AS entries FROM p GROUP BY account
           HAVING sum(amount) > 0
    lineage: true
    changes: pay.balances
  latest:
    from: {p: pay.in}
    document: {key: id}
    changes: pay.latest
"""
TOPICS = {"balances": "pay.balances", "latest": "pay.latest"}


class KillChanges:
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("changes"))
        self.app = self.folder / "app.yaml"
        self.app.write_text(APP)
        self.chance = random.Random(cases.seed())
        self.written = 0

    def start(self):
        server = daybook.run_app(self.app, self.log.kafka, self.folder / "state")
        server.kafka = self.log.kafka
        return server

    def write(self, server, events):
        lines = []
        for _ in range(events):
            number = self.chance.randrange(300)
            value = {"id": number, "account": number % 40,
                     "amount": f"{self.chance.randrange(-10_000, 10_000) / 100:.2f}"}
            lines.append(f"{number}|{json.dumps(value)}")
        daybook.run(["produce", "pay.in", "-K|", "--bootstrap", server.kafka],
                    input="\n".join(lines) + "\n", timeout_s=60)
        self.written += events

    def rows(self, server, view, key):
        shown = daybook.run(["view", "query", view, "--sql", f"SELECT * FROM {view}", "--limit",
                             "100000", "--json", "--server", f"http://{server.http}"]).stdout
        rows = json.loads(shown)["rows"]
        for row in rows:
            if "document" in row:
                row["document"] = json.loads(row["document"])
        return {json.dumps({key: row[key]}, separators=(",", ":")): row for row in rows}

    def has_caught_up(self, server):
        """The views' positions tell, not their lag, which is that of the last look at the log."""
        shown = json.loads(daybook.run(["view", "list", "--json", "--server",
                                        f"http://{server.http}"]).stdout)
        return all(view["state"] == "running" and daybook.applied(view) == self.written
                   for view in shown)

    def check(self, server):
        waiting.until(lambda: self.has_caught_up(server), WAIT_S, server.tail)
        for view, key in (("balances", "account"), ("latest", "id")):
            expected = self.rows(server, view, key)
            self.assertTrue(expected)
            topic = TOPICS[view]
            waiting.until(lambda: daybook.last_values(topic, server.kafka) == expected, WAIT_S,
                          lambda: self.difference(server, view, key, expected))

    def difference(self, server, view, key, expected):
        """Of the rows that were read once, those of now, and what was published."""
        now = self.rows(server, view, key)
        published = daybook.last_values(TOPICS[view], server.kafka)
        differ = [f"{name}: {expected.get(name)}, now {now.get(name)}, published {row}"
                  for name, row in {**dict.fromkeys(expected), **published}.items()
                  if row != expected.get(name)]
        return "\n".join([f"{TOPICS[view]} to end in the rows of {view}:", *differ[:5],
                          server.tail()])

    def test_the_last_values_are_the_rows(self):
        for kill in range(KILLS):
            with self.start() as server:
                waiting.until(lambda: daybook.run(
                    ["topic", "describe", "pay.in", "--bootstrap", server.kafka],
                    check=False).returncode == 0, WAIT_S, server.tail)
                self.write(server, 2_000)
                if kill % 2 == 1:
                    daybook.run(["view", "rebuild", "balances", "--server",
                                 f"http://{server.http}"], check=False)
                    daybook.run(["view", "swap", "balances", "--force", "--server",
                                 f"http://{server.http}"], check=False)
                try:
                    server.popen.wait(self.chance.uniform(0, 1))
                except subprocess.TimeoutExpired:
                    pass
                else:
                    self.fail(server.tail())
                server.kill()
        with self.start() as server:
            self.check(server)
            explained = json.loads(daybook.run(
                ["view", "explain", "balances", "7", "--limit", "1000", "--json", "--server",
                 f"http://{server.http}"]).stdout)
            self.assertTrue(explained["complete"], explained["missing"])
            daybook.run(["view", "rebuild", "balances", "--server", f"http://{server.http}"],
                        check=False)
            waiting.until(lambda: daybook.run(
                ["view", "swap", "balances", "--force", "--server", f"http://{server.http}"],
                check=False).returncode == 0, WAIT_S, server.tail)
            self.write(server, 500)
            self.check(server)
            daybook.stop_cleanly(server)


class KillTheirLog(KillChanges, unittest.TestCase):
    """Of Daybook alone: Apache Kafka is never in the same process."""

    def start(self):
        return daybook.up(self.app, self.folder / "data")


def load_tests(loader, tests, pattern):
    on_each = log_under_test.on_each(KillChanges, loader)
    if log_under_test.name() == "kafka":
        return on_each
    tests.addTest(on_each)
    return tests


if __name__ == "__main__":
    cases.main()

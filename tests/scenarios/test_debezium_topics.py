#!/usr/bin/env python3
# time limit: 240 s
"""Topics that Debezium's own connector has written (src/flow/testing/debezium) are read as captured
tables by views and processors of which nobody says the columns: on Daybook's log and on Apache
Kafka. DAYBOOK_TEST_LOG names one log alone.
"""
import json
import unittest

from support import ROOT, bank, cases, daybook, log_under_test, processes, scratch, waiting

RECORDED = ROOT / "src/flow/testing/debezium"
WAIT_S = waiting.PATIENCE_S
APP = """app: elsewhere
views:
  sums:
    from: {k: full.kinds}
    table:
      key: a_mood
      sql: |
        SELECT a_mood, sum(a_numeric) AS total, count(*) AS entries, max(a_timestamp) AS latest,
               max(a_free_numeric) AS free
        FROM k WHERE a_mood IS NOT NULL GROUP BY a_mood
  rows: {from: {k: full.kinds}, document: {key: id, index: [a_varchar]}}
  bare_rows:
    from: {k: bare.kinds}
    table: {key: a_varchar, sql: "SELECT a_varchar, count(*) AS n FROM k GROUP BY a_varchar"}
processors:
  pass:
    from: {k: full.kinds}
    sql: SELECT id, a_numeric, a_timestamp_3, a_timestamptz FROM k
    to: full.passed
"""


class DebeziumTopics:
    def produce(self, topic, name):
        log_under_test.create_topic(self.log, topic)
        events = [json.loads(line) for line in (RECORDED / name).read_text().splitlines()]
        lines = [f"{key}\t{'' if value is None else value}\n" for key, value in events]
        processes.run(["kcat", "-P", "-b", self.log.kafka, "-t", topic, "-K\t", "-Z"],
                      input="".join(lines))
        return events

    def rows(self, server, view):
        return bank.query(server, view, f"SELECT * FROM {view}")["rows"]

    def test_they_are_captured_tables(self):
        folder = self.enterContext(scratch.folder("debezium"))
        (folder / "app.yaml").write_text(APP)
        self.produce("bare.kinds", "bare.jsonl")
        events = self.produce("full.kinds", "schemas.jsonl")
        with daybook.run_app(folder / "app.yaml", self.log.kafka, folder / "state") as server:
            def has_ended():
                parts = bank.get(server, "/views")["views"]
                return all(part["state"] == "running" and part["position"] and
                           part["lag_events"] == 0 for part in parts)

            waiting.until(has_ended, WAIT_S, lambda: f"{bank.get(server, '/views')}")
            self.assertEqual(self.rows(server, "sums"), [
                {"a_mood": "happy", "total": "-1234567890.11", "entries": 2,
                 "latest": "2026-11-26 01:02:03.123456",
                 "free": "3.14159265358979323846264338327950288"}])
            self.assertEqual(self.rows(server, "bare_rows"), [{"a_varchar": "varied", "n": 2}])
            self.check_documents(server, events)
            self.check_passed()
            self.assertEqual([part["rejected"] for part in bank.get(server, "/views")["views"]],
                             [0, 0, 0])

    def check_documents(self, server, events):
        changes = [json.loads(value)["payload"] for _, value in events if value]
        self.assertEqual({row["id"]: json.loads(row["document"])
                          for row in self.rows(server, "rows")},
                         {1: changes[0]["after"], 2: changes[3]["after"]})

    def check_passed(self):
        def passed():
            done = processes.run(["kcat", "-C", "-b", self.log.kafka, "-t", "full.passed", "-o",
                                  "beginning", "-e", "-q"], check=False)
            return done.stdout.splitlines() if done.returncode == 0 else []

        waiting.until(lambda: len(passed()) >= 4, WAIT_S, lambda: f"four rows, not {passed()}")
        self.assertEqual(json.loads(passed()[0]), {
            "id": 1, "a_numeric": "-1234567890.12", "a_timestamp_3": "2026-11-26 01:02:03.123000",
            "a_timestamptz": "2026-11-26 01:02:03.123456+00"})


def load_tests(loader, tests, pattern):
    return log_under_test.on_each(DebeziumTopics, loader)


if __name__ == "__main__":
    cases.main()

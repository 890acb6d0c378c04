#!/usr/bin/env python3
"""SQL of anybody's over a columnar view: what is asked for too much fails alone, the server goes on
and stays small, and no process is left behind, however the server ends. On Daybook's own log and on
Apache Kafka. DAYBOOK_TEST_LOG names one log alone.
"""
# time limit: 600 s
import contextlib
import json
import pathlib
import signal
import urllib.error
import urllib.request

from support import bank, cases, daybook, log_under_test, python_clients, scratch, waiting

python_clients.enter()

import duckdb  # noqa: E402

WAIT_S = waiting.PATIENCE_S
EVENTS = 4_000
MIB = 1 << 20

APP = """
app: places
topics:
  TOPIC:
    partitions: 1
    columns: {id: BIGINT, card: VARCHAR, amount: "DECIMAL(18,2)", seen_at: TIMESTAMP}
views:
  places:
    from: {s: TOPIC}
    columnar:
      sql: SELECT id, card, amount, seen_at, seen_at::DATE AS day FROM s
      partition_by: [day]
"""

BOMBS = ("SELECT list_transform(range(100000000), x -> x)::VARCHAR FROM places",
         "SELECT len(repeat('x', 2000000000)) FROM places",
         "SELECT len(string_agg(repeat(card, 100000))) FROM places",
         "SELECT len(list(a.card || b.card)) FROM places a, places b")
# One step of DuckDB's that takes a minute and cannot be interrupted.
ENDLESS = "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))"
OUT_OF_REACH = ("SELECT * FROM read_csv('/etc/passwd')", "SELECT getenv('HOME')",
                "COPY places TO '/tmp/daybook_places.csv'", "ATTACH '/tmp/daybook_places.db'",
                "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true",
                "SELECT * FROM read_parquet('http://127.0.0.1:1/x')", "DELETE FROM places")
NORMAL = ("SELECT day(day) AS d, count(*) AS n, CAST(sum(amount) AS VARCHAR) AS total FROM places "
          "GROUP BY ALL ORDER BY ALL",
          "SELECT id, card, CAST(amount AS VARCHAR) AS amount, CAST(seen_at AS VARCHAR) AS at "
          "FROM places WHERE id % 371 = 5 ORDER BY id",
          "SELECT card, avg(id) AS mean, max(id) OVER () AS last FROM places "
          "GROUP BY card, id ORDER BY ALL LIMIT 9")


def event(n):
    return {"id": n, "card": f"card {n % 97}", "amount": f"{n}.25",
            "seen_at": f"2026-11-{1 + n % 5:02}T10:00:{n % 60:02}Z"}


def ask(server, sql, time_limit_ms=bank.MOST_MS, **options):
    """Status and answer of a query over HTTP."""
    question = {"sql": sql, "time_limit_ms": time_limit_ms, **options}
    request = urllib.request.Request(f"http://{server.http}/views/places/query",
                                     json.dumps(question).encode(),
                                     {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]


def on_the_command_line(server, sql, *options, check=True):
    return daybook.run(["view", "query", "places", "--server", f"http://{server.http}", "--json",
                        "--sql", sql, "--time-limit-ms", bank.MOST_MS, *options], check=check)


def query_processes(server):
    """The children of its threads, of those that have not ended meanwhile."""
    found = []
    for children in pathlib.Path(f"/proc/{server.pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, children.read_text().split())
    return found


def is_gone(pid):
    try:
        return "\nState:\tZ" in pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


class Queries:
    def setUp(self):
        folder = self.enterContext(scratch.folder("queries"))
        app = folder / "app.yaml"
        self.topic = f"seen.{self._testMethodName}"
        app.write_text(APP.replace("TOPIC", self.topic))
        self.shown = folder / "state" / "views" / "places" / "v1"
        log_under_test.create_topic(self.log, self.topic)
        self.write(0, EVENTS)
        self.server = self.enterContext(
            daybook.run_app(app, self.log.kafka, folder / "state", log=folder / "run.log"))
        self.assertEqual(self.rows_until(EVENTS), [{"n": EVENTS}])

    def write(self, first, end):
        lines = "".join(json.dumps(event(n)) + "\n" for n in range(first, end))
        daybook.run(["produce", self.topic, "--bootstrap", self.log.kafka], input=lines,
                    timeout_s=WAIT_S)

    def rows_until(self, end):
        """Waits until the view has what is there."""
        return waiting.until(
            lambda: ask(self.server, "SELECT count(*) AS n FROM places",
                        min_position=f"{self.topic}/0:{end}", timeout_ms=60_000)[1].get("rows"),
            WAIT_S, "the view")

    def test_what_asks_for_too_much_memory_fails_alone(self):
        before = self.server.resident_bytes()
        for bomb in BOMBS:
            status, error = ask(self.server, bomb)
            self.assertEqual((status, error["code"]), (507, "no_space"), bomb)
            self.assertIn("512 MiB", error["message"])
            self.assertIn(str(self.shown), error["message"])
            self.assertLess(self.server.resident_bytes(), before + 64 * MIB, bomb)
        refused = on_the_command_line(self.server, BOMBS[0], check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("512 MiB", refused.stderr)
        self.goes_on()

    def test_what_does_not_end_is_ended(self):
        status, error = ask(self.server, ENDLESS, time_limit_ms=300)
        self.assertEqual((status, error["code"]), (504, "timed_out"))
        self.assertIn("300 ms", error["message"])
        self.goes_on()

    def test_other_files_are_out_of_reach(self):
        for sql in OUT_OF_REACH:
            status, error = ask(self.server, sql)
            self.assertEqual((status, error["code"]), (400, "invalid"), f"{sql}: {error}")
        self.goes_on()

    def test_answers_are_those_of_the_files_and_carry_their_position(self):
        database = duckdb.connect()
        database.execute(f"CREATE VIEW places AS SELECT * REPLACE (day::DATE AS day) FROM "
                         f"read_parquet('{self.shown}/**/*.parquet', hive_partitioning = true)")
        for sql in NORMAL:
            expected = [list(row) for row in database.execute(sql).fetchall()]
            status, answer = ask(self.server, sql)
            self.assertEqual(status, 200, answer)
            self.assertEqual([list(row.values()) for row in answer["rows"]], expected)
            self.assertEqual(answer["position"], f"{self.topic}/0:{EVENTS}")
            self.assertEqual(json.loads(on_the_command_line(self.server, sql).stdout), answer)

    def test_positions_can_be_waited_for_and_looked_back_at(self):
        self.write(EVENTS, EVENTS + 10)
        count = "SELECT count(*) AS n, max(id) AS last FROM places"
        now = json.loads(on_the_command_line(self.server, count, "--min-position",
                                             f"{self.topic}/0:{EVENTS + 10}").stdout)
        self.assertEqual(now["rows"], [{"n": EVENTS + 10, "last": EVENTS + 9}])
        place = f"{self.topic}/0:1000"
        then = json.loads(on_the_command_line(self.server, count, "--as-of", place).stdout)
        self.assertEqual((then["rows"], then["position"]), ([{"n": 1000, "last": 999}], place))
        status, error = ask(self.server, BOMBS[0], as_of=place)
        self.assertEqual((status, error["code"]), (507, "no_space"), error)
        self.goes_on(EVENTS + 10)

    def test_no_process_is_left_after_a_stop(self):
        processes = query_processes(self.server)
        self.assertNotEqual(processes, [])
        daybook.stop_cleanly(self.server)
        self.assertTrue(all(map(is_gone, processes)))

    def test_no_process_is_left_after_a_kill(self):
        processes = query_processes(self.server)
        self.assertNotEqual(processes, [])
        self.server.send(signal.SIGKILL)
        waiting.until(lambda: all(map(is_gone, processes)), WAIT_S, "the end of its processes")

    def goes_on(self, count=EVENTS):
        status, answer = ask(self.server, "SELECT count(*) AS n FROM places")
        self.assertEqual((status, answer["rows"]), (200, [{"n": count}]))


def load_tests(loader, tests, pattern):
    return log_under_test.on_each(Queries, loader)


if __name__ == "__main__":
    cases.main()

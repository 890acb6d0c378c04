#!/usr/bin/env python3
"""A columnar view is read as Parquet files by DuckDB while it is written and merged and its process
is killed: no row is ever there twice or in part. At the end all are there, for pandas and Spark. On
Daybook's own log and on Apache Kafka.
"""
# time limit: 900 s
import json
import random
import threading

from support import (ROOT, cases, daybook, log_under_test, processes, python_clients, scratch,
                     spark, waiting)

python_clients.enter()

import duckdb  # noqa: E402
import pandas  # noqa: E402
from confluent_kafka import Producer  # noqa: E402

WAIT_S = 300
EVENTS = 18_000
DAYS = 5
LIVES = 3
PORTIONS = 12

APP = """
app: places
topics:
  seen:
    partitions: 2
    columns: {id: BIGINT, card: VARCHAR, amount: "DECIMAL(18,2)", seen_at: TIMESTAMP}
views:
  places:
    from: {s: seen}
    columnar:
      sql: SELECT id, card, amount, seen_at, seen_at::DATE AS day FROM s
      partition_by: [day]
"""


def event(n):
    return {"id": n, "card": f"card {n % 97}", "amount": f"{n}.25",
            "seen_at": f"2026-11-{1 + n % DAYS:02}T10:00:{n % 60:02}Z"}


class Events:
    """Sends what it is told to, each once."""

    def __init__(self, log):
        self.producer = Producer({"bootstrap.servers": log.kafka, "enable.idempotence": True,
                                  "linger.ms": 5})

    def send(self, first, end):
        for n in range(first, end):
            self.producer.produce("seen", key=str(n), value=json.dumps(event(n)), partition=n % 2)
            self.producer.poll(0)
        assert self.producer.flush(WAIT_S) == 0


# What readers say of a file that they have listed, and that was merged away before they opened it.
GONE = ("No such file", "No files found", "FileNotFound", "does not exist")


def whole(read):
    """What a reader finds when no file is merged away under its hands."""
    def attempt():
        try:
            return read(), True
        except (OSError, AssertionError, duckdb.IOException) as error:
            if not any(words in str(error) for words in GONE):
                raise
            return None
    return waiting.until(attempt, WAIT_S, "a reading that meets no merge")[0]


class Reader(threading.Thread):
    """Reads the folder again and again, and remembers what was wrong."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.database = duckdb.connect()  # of this thread alone
        self.wrong = None
        self.reads = self.misses = 0
        self.over = threading.Event()

    def read(self):
        if not list(self.folder.rglob("*.parquet")):
            return
        try:
            rows, distinct, bad = self.database.execute(
                f"SELECT count(*), count(DISTINCT id), count(*) FILTER (amount <> id + 0.25 OR "
                f"day <> seen_at::DATE) FROM read_parquet('{self.folder}/**/*.parquet', "
                f"hive_partitioning = true)").fetchone()
        except duckdb.IOException as error:
            if not any(words in str(error) for words in GONE):
                raise
            self.misses += 1
            self.database = duckdb.connect()  # the other may be left in a failed transaction
            return
        self.reads += 1
        if rows != distinct or bad != 0:
            self.wrong = f"{rows} rows of {distinct} events, {bad} of them wrong"

    def run(self):
        try:
            while self.wrong is None and not self.over.is_set():
                self.read()
        except Exception as error:  # told by the test's thread
            self.wrong = repr(error)


class Columnar:
    def setUp(self):
        self.sent = 0

    def answer(self, server, sql):
        """The rows of a SELECT over the view, once it is at the end of the log."""
        end = ",".join(f"seen/{p}:{self.sent // 2}" for p in (0, 1))
        query = ["view", "query", "places", "--server", f"http://{server.http}", "--json",
                 "--sql", sql, "--min-position", end, "--timeout-ms", 60_000]
        done = None

        def look():
            nonlocal done  # refused at first: the ports are open before the views are
            done = daybook.run(query, timeout_s=WAIT_S, check=False)
            return done.returncode == 0

        waiting.until(look, WAIT_S, lambda: f"an answer, not {done and done.stderr}")
        return json.loads(done.stdout)["rows"]

    def write(self, server, count):
        """Events in many small portions, each awaited, so that each becomes files."""
        events = Events(self.log)
        for _ in range(PORTIONS):
            end = self.sent + count // PORTIONS
            events.send(self.sent, end)
            self.sent = end
            self.answer(server, "SELECT count(*) AS n FROM places")
        return events

    def test_readers_see_each_row_once(self):
        generator = random.Random(cases.seed())
        with scratch.folder("columnar") as folder:
            app = folder / "app.yaml"
            app.write_text(APP)
            log_under_test.create_topic(self.log, "seen", 2)
            shown = folder / "state" / "views" / "places" / "v1"
            reader = Reader(shown)
            try:
                for life in range(LIVES):
                    with daybook.run_app(app, self.log.kafka, folder / "state",
                                         log=folder / f"run{life}.log") as server:
                        if life == 0:
                            reader.start()
                        events = self.write(server, EVENTS // LIVES)
                        if life == LIVES - 1:
                            self.check_the_end(server, shown)
                            continue
                        # Killed while it has something to do, which the next life does again.
                        more = 2 * generator.randrange(1, 500)
                        events.send(self.sent, self.sent + more)
                        self.sent += more
                        server.kill()
            finally:
                reader.over.set()
                if reader.ident is not None:
                    reader.join()
            self.assertIsNone(reader.wrong)
            self.assertGreater(reader.reads, 0)

    def check_the_end(self, server, shown):
        expected = {day: sum(n % DAYS == day - 1 for n in range(self.sent))
                    for day in range(1, DAYS + 1)}
        days = self.answer(server, "SELECT day(day) AS day, count(*) AS n FROM places GROUP BY ALL")
        self.assertEqual({row["day"]: row["n"] for row in days}, expected)
        # The answer was of the end of the log; so is what is shown.
        found = whole(lambda: duckdb.connect().execute(
            f"SELECT day(day), count(*) FROM read_parquet('{shown}/**/*.parquet', "
            f"hive_partitioning = true) GROUP BY ALL").fetchall())
        self.assertEqual(dict(found), expected)
        self.check_with_pandas(shown)
        self.check_with_spark(shown)
        # Of so many portions some have been merged.
        def per_folder():
            return min(len(list(day.iterdir())) for day in shown.iterdir())

        waiting.until(lambda: per_folder() < LIVES * PORTIONS, WAIT_S, lambda: f"{per_folder()}")

    def check_with_pandas(self, shown):
        frame = whole(lambda: pandas.read_parquet(shown))
        self.assertEqual(sorted(frame["id"]), list(range(self.sent)))
        last = frame[frame["id"] == self.sent - 1].iloc[0]
        wanted = event(self.sent - 1)
        self.assertEqual((last["card"], str(last["amount"]), str(last["day"])),
                         (wanted["card"], wanted["amount"], wanted["seen_at"][:10]))

    def check_with_spark(self, shown):
        folder = self.enterContext(scratch.folder("spark"))
        classes = spark.compile(ROOT / "tests/scenarios/SparkRows.java", folder / "classes")
        done = whole(lambda: processes.run(
            spark.command("SparkRows", [shown, folder], classes, folder), timeout_s=WAIT_S))
        found = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("rows ")]
        of_day = {day: [n for n in range(self.sent) if n % DAYS == day - 1]
                  for day in range(1, DAYS + 1)}
        self.assertEqual(sorted(found),
                         [[f"2026-11-{day:02}", str(len(numbers)),
                           f"{sum(numbers) + len(numbers) // 4}.{len(numbers) % 4 * 25:02}"]
                          for day, numbers in of_day.items()])


def load_tests(loader, tests, pattern):
    return log_under_test.on_each(Columnar, loader)


if __name__ == "__main__":
    cases.main()

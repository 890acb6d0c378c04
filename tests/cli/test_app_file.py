#!/usr/bin/env python3
"""An application file in the hands of its author: validate, up, and every fault at once."""
# time limit: 300 s
import json
import re
import unittest
import urllib.error
import urllib.request

from support import cases, daybook, scratch, waiting

WAIT_S = waiting.PATIENCE_S
LONG_MS = "60000"

GOOD = """
app: clicks
topics:
  web.click: {partitions: 2, columns: {session: VARCHAR, amount: "DECIMAL(10,2)"}}
views:
  spent:
    from: {c: web.click}
    table:
      key: session
      sql: SELECT session, sum(amount) AS spent, count(*) AS clicks FROM c GROUP BY session
"""

UNSEEN = """app: clicks
views: {all: {from: {s: web.seen}, columnar: {sql: SELECT id FROM s}}}
"""

BAD = """app: clicks
log: {embeded: ./data}
sources:
  core:
    postgres: {dsn: "${NOT_SET_DSN}", tables: [public.t]}
    topic: "x.{table}"
topics:
  web.click: {partitoins: 2}
processors: {p: {from: {c: web.click}}}
models: {m: {xgboost: m.json}}
"""

CHAIN = GOOD.replace("views:", """processors:
  large:
    from: {c: web.click}
    sql: SELECT session AS _key, session, amount FROM c WHERE amount >= 10
    to: web.large
views:""") + """
tests:
  large_clicks_are_passed_on:
    given:
      web.click: [{session: a, amount: 5}, {session: b, amount: 10.5}, not json]
    expect:
      web.large: [{_key: b, session: b, amount: 10.50}]
      web.click.rejected: [{_value: not json}]
      spent: [{session: b, spent: 10.50, clicks: 1}, {session: a, spent: 5}]
"""

CAPTURED = """app: people
sources:
  core:
    postgres:
      dsn: dbname=nowhere
      tables: [public.person]
      test_columns: {public.person: {id: bigint primary key, name: text}}
    topic: "c.{table}"
views: {people: {from: {p: c.person}, table: {key: id, sql: "SELECT id, name FROM p"}}}
tests:
  renamed:
    given:
      c.person: [{id: 1, name: ann}, {update: {id: 1}, set: {name: bob}}]
    expect: {people: [{id: 1, name: bob}]}
"""


class AppFile(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("app"))
        self.app = self.folder / "app.yaml"

    def run_with(self, text, *command, env=None):
        self.app.write_text(text)
        return daybook.run([*command, self.app], check=False, env=env)

    def test_a_good_file_is_valid(self):
        done = self.run_with(GOOD, "validate")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("valid: app clicks with 0 sources, 1 topic, 0 processors and 1 view",
                      done.stdout)
        self.assertFalse((self.folder / "data").exists(), "validate starts nothing")

    def test_every_fault_is_reported_with_its_place(self):
        done = self.run_with(BAD, "validate")
        self.assertEqual(done.returncode, 1)
        for fault in (':2:7: unknown key "embeded" (did you mean "embedded"?)',
                      ":5:21: environment variable NOT_SET_DSN is not set",
                      ':8:15: unknown key "partitoins" (did you mean "partitions"?)',
                      ':9:14: processor "p" has no "to"',
                      ':10:1: "models" is not available in this version'):
            self.assertIn(str(self.app) + fault, done.stderr)

    def test_faults_are_json_for_programs(self):
        self.app.write_text(BAD)
        done = daybook.run(["validate", self.app, "--json"], check=False)
        self.assertEqual(done.returncode, 1)
        answer = json.loads(done.stdout)
        self.assertFalse(answer["valid"])
        self.assertIn({"line": 10, "column": 1}, [{"line": f["line"], "column": f["column"]}
                                                 for f in answer["faults"]])
        self.app.write_text(GOOD)
        self.assertEqual(json.loads(daybook.run(["validate", self.app, "--json"]).stdout)["faults"],
                         [])

    def test_its_tests_run_in_memory_and_say_what_differs(self):
        done = self.run_with(CHAIN, "test")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout,
                         r"passed  large_clicks_are_passed_on \(\d+ ms\)\n1 passed, 0 failed")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["app.yaml"])
        done = self.run_with(CHAIN.replace("session: b, amount: 10.50", "session: b, amount: 11"),
                             "test")
        self.assertEqual(done.returncode, 1)
        self.assertIn('- {"_key":"b","session":"b","amount":11}', done.stdout)
        self.assertIn('+ {"session":"b","amount":"10.50","_key":"b"}', done.stdout)
        self.assertIn("0 passed, 1 failed", done.stdout)

    def test_its_tests_are_given_changes_of_captured_tables(self):
        done = self.run_with(CAPTURED, "test")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("1 passed, 0 failed", done.stdout)
        for right, wrong, said in (
                ("{name: bob}", "{nmae: bob}",
                 'given c.person (line 13), number 2: table public.person has no column "nmae": it '
                 "has id, name"),
                ("{id: 1, name: ann}", "{id: one, name: ann}",
                 'number 1: column "id" is bigint: needs a whole number of 64 bits, not "one"')):
            done = self.run_with(CAPTURED.replace(right, wrong), "test")
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stdout)
        done = self.run_with(CAPTURED.replace("public.person: {", "public.persons: {"), "test")
        self.assertEqual(done.returncode, 1)
        self.assertIn('unknown key "public.persons" (did you mean "public.person"?)', done.stderr)

    def test_types_are_called_what_views_call_them(self):
        columns = "{at: TIMESTAMPTZ, n: 'NUMERIC(9, 2)'}"
        self.app.write_text(f"app: a\ntopics: {{t: {{columns: {columns}}}}}\n")
        with daybook.up(self.app, self.folder / "data") as server:
            waiting.until(lambda: self.status(server)["ready"], WAIT_S, server.tail)
            described = daybook.run(["topic", "describe", "t", "--json", "--bootstrap",
                                     server.kafka]).stdout
            self.assertEqual([column["type"] for column in json.loads(described)["columns"]],
                             ["TIMESTAMP WITH TIME ZONE", "DECIMAL(9,2)"])

    def test_plan_says_what_would_change_and_changes_nothing(self):
        with daybook.serve(self.folder / "data") as log:
            def plan(text):
                self.app.write_text(text)
                done = daybook.run(["plan", self.app, "--bootstrap", log.kafka, "--state",
                                    self.folder / "state", "--json"])
                return {(change["change"], change["what"])
                        for change in json.loads(done.stdout)["changes"]}

            everything = {("new", "topic web.click"), ("new", "processor large"),
                          ("new", "topic web.large"), ("new", "view spent")}
            self.assertEqual(plan(CHAIN), everything)
            self.assertEqual(plan(CHAIN), everything, "looking has changed nothing")
            arguments = ["run", self.app, "--bootstrap", log.kafka, "--state",
                         self.folder / "state", "--http", "127.0.0.1:0"]
            with daybook.Server(arguments, self.folder / "run.log", expect=("http",)):
                waiting.until(lambda: not {kind for kind, _ in plan(CHAIN)} - {"same"}, WAIT_S,
                              lambda: f"processor and view to be known: {plan(CHAIN)}")
            self.assertEqual(plan(CHAIN.replace(">= 10", ">= 20")),
                             {("same", "topic web.click"), ("changed", "processor large"),
                              ("same", "view spent")})
            self.assertIn(("changed", "view spent"),
                          plan(CHAIN.replace("sum(amount)", "max(amount)")))
        done = self.run_with(CHAIN, "plan", "--bootstrap", "127.0.0.1:1")
        self.assertEqual(done.returncode, 1)

    def test_up_refuses_what_validate_refuses_and_starts_nothing(self):
        done = self.run_with(BAD, "up", "--kafka", "127.0.0.1:0", "--http", "127.0.0.1:0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("NOT_SET_DSN", done.stderr)
        self.assertNotIn("listening", done.stdout)
        self.assertFalse((self.folder / "data").exists())

    def test_a_file_that_is_not_there_is_named(self):
        done = daybook.run(["up", self.folder / "none.yaml"], check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("none.yaml", done.stderr)

    def test_a_log_that_is_away_is_waited_for_and_does_not_delay_stopping(self):
        self.app.write_text(GOOD + "log: {kafka: ['127.0.0.1:1']}\n")
        arguments = ["up", self.app, "--http", "127.0.0.1:0"]
        with daybook.Server(arguments, self.folder / "up.log", expect=("http",)) as server:
            waiting.until(lambda: self.status(server)["log"]["last_error"], WAIT_S, server.tail)
            status = self.status(server)
            self.assertFalse(status["ready"])
            self.assertEqual(status["views"][0]["state"], "waiting")
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://{server.http}/ready", timeout=WAIT_S)
            self.assertEqual(refused.exception.code, 503)
            refused.exception.close()
            daybook.stop_cleanly(server)

    def status(self, server):
        with urllib.request.urlopen(f"http://{server.http}/status", timeout=WAIT_S) as answer:
            return json.load(answer)

    def test_how_far_behind_a_view_is_is_unknown_until_the_log_says_it(self):
        self.app.write_text(UNSEEN)
        with daybook.serve(self.folder / "log") as log, \
                daybook.run_app(self.app, log.kafka, self.folder / "state") as server:
            api = ["--server", f"http://{server.http}"]
            waiting.until(lambda: "waiting for topic" in daybook.run(["status", *api]).stdout,
                          WAIT_S, server.tail)
            waits = "waiting for topic web.seen"
            for command, pattern in (
                    (["status"], rf"(?m)^view +all +waiting +unknown +0 +{waits}"),
                    (["view", "list"], r"(?m)^all +columnar +waiting +0 +0 +unknown +0$"),
                    (["view", "show", "all"], r"(?m)^lag_events +unknown$")):
                self.assertRegex(daybook.run([*command, *api]).stdout, pattern)
            with urllib.request.urlopen(f"http://{server.http}/metrics", timeout=WAIT_S) as metrics:
                self.assertNotIn("daybook_view_lag_events", metrics.read().decode())
            keyless = daybook.run(["view", "query", "all", "--key", "1", *api], check=False).stderr
            self.assertIn("the rows of view all have no key: ask it by SQL", keyless)
            daybook.stop_cleanly(server)

    def test_events_become_rows_that_every_command_shows(self):
        self.app.write_text(GOOD)
        with daybook.up(self.app, self.folder / "data") as server:
            api = ["--server", f"http://{server.http}"]
            waiting.until(lambda: self.status(server)["ready"], WAIT_S, server.tail)
            events = "".join(json.dumps({"session": f"s{i % 3}", "amount": "1.25"}) + "\n"
                             for i in range(30))
            daybook.run(["produce", "web.click", "--bootstrap", server.kafka, "-p", "0"],
                        input=events)
            found = json.loads(daybook.run(
                ["view", "query", "spent", "--key", "s1", "--min-position", "web.click/0:30",
                 "--timeout-ms", LONG_MS, "--json", *api]).stdout)
            self.assertEqual(found["rows"], [{"session": "s1", "spent": "12.50", "clicks": 10}])
            self.assertIn("web.click/0:30", found["position"])
            shown = daybook.run(["view", "query", "spent", "--sql",
                                 "SELECT session, spent FROM spent ORDER BY session", *api]).stdout
            self.assertRegex(shown, r"session +spent\ns0 +12.50\ns1 +12.50\ns2 +12.50\n\(3 rows")
            waiting.until(lambda: re.search(r"(?m)^spent +table +running +1 +3 +0 +0$", daybook.run(
                ["view", "list", *api]).stdout), WAIT_S, server.tail)
            self.assertIn("DECIMAL", daybook.run(["view", "show", "spent", *api]).stdout)
            settled = r"(?m)^clicks: ready\nlog: .*\n\n.*\nview +spent +running +0 +0 *$"
            waiting.until(lambda: re.search(settled, daybook.run(["status", *api]).stdout), WAIT_S,
                          server.tail)
            self.assertEqual(
                json.loads(daybook.run(["status", "--json", *api]).stdout)["views"][0]["rows"], 3)
            wrong = daybook.run(["view", "query", "spent", "--sql", "DROP TABLE spent", *api],
                                check=False)
            self.assertEqual(wrong.returncode, 1)
            late = daybook.run(["view", "query", "spent", "--key", "s1", "--min-position",
                                "web.click/0:31", "--timeout-ms", "50", *api], check=False)
            self.assertEqual(late.returncode, 1)
            self.assertIn("web.click/0:30", late.stderr)
            daybook.stop_cleanly(server)

    def test_a_view_is_rebuilt_compared_and_swapped(self):
        self.app.write_text(GOOD)
        with daybook.up(self.app, self.folder / "data") as server:
            api = ["--server", f"http://{server.http}"]
            waiting.until(lambda: self.status(server)["ready"], WAIT_S, server.tail)
            daybook.run(["produce", "web.click", "--bootstrap", server.kafka, "-p", "0"],
                        input='{"session": "a", "amount": "2.00"}\n' * 5)

            def view(*command, **options):
                return daybook.run(["view", *command, *api], **options)

            def is_ready(version):
                shown = json.loads(view("show", "spent", "--json").stdout)
                return any(each["version"] == version and each["ready"] and
                           each["lag_events"] == 0 and daybook.applied(each) == 5
                           for each in shown["versions"])

            waiting.until(lambda: is_ready(1), WAIT_S, server.tail)
            self.assertIn("no other version", view("diff", "spent", check=False).stderr)
            self.assertIn("building version 2", view("rebuild", "spent").stdout)
            waiting.until(lambda: is_ready(2), WAIT_S, server.tail)
            self.assertRegex(view("show", "spent").stdout, r"(?m)^ +2 +candidate +running +1 +0")
            difference = view("diff", "spent").stdout
            self.assertRegex(difference, r"(?m)^rows +1 +1$")
            self.assertRegex(difference, r"(?m)^changed +0$")
            self.assertIn("version 2 of spent answers; version 1 is kept",
                          view("swap", "spent").stdout)
            self.assertIn("version 1 of spent answers again", view("rollback", "spent").stdout)
            self.assertIn("version 2 of spent is gone", view("drop", "spent").stdout)
            self.assertEqual(view("drop", "spent", check=False).returncode, 1)
            found = json.loads(view("query", "spent", "--key", "a", "--json").stdout)
            self.assertEqual((found["version"], found["rows"][0]["clicks"]), (1, 5))
            daybook.stop_cleanly(server)

    def test_a_row_is_explained_by_its_events(self):
        self.app.write_text(GOOD)
        with daybook.up(self.app, self.folder / "data") as server:
            waiting.until(lambda: self.status(server)["ready"], WAIT_S, server.tail)
            daybook.run(["produce", "web.click", "--bootstrap", server.kafka, "-p", "1"],
                        input='{"session": "a", "amount": "2.00"}\nnot json\n'
                              '{"session": "b", "amount": "9.00"}\n'
                              '{"session": "a", "amount": "0.50"}\n')

            def explain(*arguments, **options):
                return daybook.run(["view", "explain", "spent", *arguments, "--min-position",
                                    "web.click/1:4", "--timeout-ms", LONG_MS, "--server",
                                    f"http://{server.http}"], **options)

            answer = json.loads(explain("a", "--json").stdout)
            self.assertTrue(answer["complete"], answer["missing"])
            self.assertEqual(
                [(event["partition"], event["offset"], event["rows"])
                 for event in answer["events"]],
                [(1, 0, [{"session": "a", "spent": "2.00", "clicks": 1}]),
                 (1, 3, [{"session": "a", "spent": "2.50", "clicks": 2}])])
            shown = explain("a").stdout
            self.assertRegex(shown, r"(?m)^EVENT +TIME +spent +clicks +VALUE$")
            self.assertRegex(shown, r'(?m)^web.click/1:0 +20.*Z +2.00 +1 +{"session": "a"')
            self.assertRegex(shown, r"(?m)^web.click/1:3 +20.*Z +2.50 +2 ")
            self.assertRegex(shown, r"4 events read; position web.click/1:4")
            self.assertRegex(explain("a", "--limit", "1").stdout,
                             r"(?m)^\(1 earlier event\) +2.00 +1")
            cut = explain("a", "--read-limit", "3").stdout
            self.assertIn("not the whole history: the replay ended early because 3 events", cut)
            self.assertIn("those from web.click/1:3 on have not been looked", cut)

            def as_of(when, **options):
                return daybook.run(["view", "query", "spent", "--key", "a", "--as-of", when,
                                    "--time-limit-ms", LONG_MS, "--json", "--server",
                                    f"http://{server.http}"], **options)

            then = json.loads(as_of("web.click/1:3").stdout)
            self.assertEqual(then["rows"], [{"session": "a", "spent": "2.00", "clicks": 1}])
            self.assertEqual(then["position"], "web.click/1:3")
            self.assertEqual(json.loads(as_of("-1h").stdout)["rows"], [])
            self.assertIn("has not been at web.click/1:9",
                          as_of("web.click/1:9", check=False).stderr)
            self.assertIn("is neither a position", as_of("soon", check=False).stderr)

            def past(*what, **options):
                return daybook.run(["view", "query", "spent", *what, "--json", "--server",
                                    f"http://{server.http}"], **options)

            total = ["--sql", "SELECT decimal_sum(spent) AS total FROM spent"]
            for offset, expected in ((1, "2.00"), (2, "2.00"), (3, "11.00"), (4, "11.50")):
                then = json.loads(past("--as-of", f"web.click/1:{offset}", *total).stdout)
                self.assertEqual(then["rows"], [{"total": expected}], offset)
                self.assertEqual(then["position"], f"web.click/1:{offset}")
            self.assertIn("has not been at web.click/1:9",
                          past("--as-of", "web.click/1:9", *total, check=False).stderr)
            few = past("--as-of", "web.click/1:4", "--read-limit", "2", *total, check=False)
            self.assertEqual(few.returncode, 1)
            self.assertIn("2 events were read: of the events below web.click/1:4 those from "
                          "web.click/1:2 on have not been looked at", few.stderr)
            self.assertIn("--read-limit requires --as-of",
                          past("--read-limit", "2", *total, check=False).stderr)
            wrong = explain("a", "b", check=False)
            self.assertEqual(wrong.returncode, 1)
            self.assertIn("the key of view spent is (session)", wrong.stderr)
            daybook.stop_cleanly(server)

    def test_a_view_publishes_its_changes_and_remembers_what_made_them(self):
        self.app.write_text(GOOD + "    lineage: true\n    changes: web.spent\n")
        with daybook.up(self.app, self.folder / "data") as server:
            waiting.until(lambda: self.status(server)["ready"], WAIT_S, server.tail)
            daybook.run(["produce", "web.click", "--bootstrap", server.kafka, "-p", "1"],
                        input='{"session": "a", "amount": "2.00"}\n'
                              '{"session": "b", "amount": "9.00"}\n'
                              '{"session": "a", "amount": "0.50"}\n')

            def last_values():
                return daybook.last_values("web.spent", server.kafka)

            waiting.until(lambda: last_values() == {
                '{"session":"a"}': {"session": "a", "spent": "2.50", "clicks": 2},
                '{"session":"b"}': {"session": "b", "spent": "9.00", "clicks": 1}}, WAIT_S,
                lambda: f"{last_values()} {server.tail()}")
            explained = json.loads(daybook.run(
                ["view", "explain", "spent", "a", "--json", "--server",
                 f"http://{server.http}"]).stdout)
            self.assertTrue(explained["complete"], explained["missing"])
            self.assertEqual([event["offset"] for event in explained["events"]], [0, 2])
            daybook.stop_cleanly(server)

    def test_the_end_of_what_a_processor_wrote_is_reached(self):
        """The mark that ends a transaction has an offset, and no event."""
        self.app.write_text(CHAIN.replace("views:", """views:
  passed:
    from: {c: web.large}
    table:
      key: session
      sql: SELECT session, count(*) AS clicks FROM c GROUP BY session"""))
        with daybook.up(self.app, self.folder / "data") as server:
            log = ["--bootstrap", server.kafka]
            daybook.run(["produce", "web.click", *log],
                        input='{"session": "a", "amount": 10}\n{"session": "b", "amount": 20}\n')

            def ends():
                done = daybook.run(["topic", "describe", "web.large", "--json", *log], check=False)
                if done.returncode != 0:
                    return {}
                return {each["partition"]: each["end"]
                        for each in json.loads(done.stdout)["partitions"]}

            def passed():
                done = daybook.run(["consume", "web.large", "-e", *log], check=False)
                return len(done.stdout.splitlines())

            waiting.until(lambda: passed() == 2, WAIT_S, server.tail)
            position = ",".join(f"web.large/{number}:{end}" for number, end in ends().items())
            self.assertGreater(sum(ends().values()), 2, "there are marks beside the events")
            answer = json.loads(daybook.run(
                ["view", "query", "passed", "--key", "a", "--min-position", position,
                 "--timeout-ms", LONG_MS, "--json", "--server",
                 f"http://{server.http}"]).stdout)
            self.assertEqual(answer["rows"], [{"session": "a", "clicks": 1}])
            waiting.until(lambda: self.status(server)["views"][0]["lag_events"] == 0, WAIT_S,
                          lambda: str(self.status(server)))
            daybook.stop_cleanly(server)

    def test_a_graph_answers_its_questions(self):
        self.app.write_text("""
app: payments
topics: {transfer: {partitions: 1}}
views:
  payments:
    from: {t: transfer}
    graph: {edge: {key: id, from: a, to: b, type: "'PAID'"}}
""")
        with daybook.up(self.app, self.folder / "data") as server:
            waiting.until(lambda: self.status(server)["ready"], WAIT_S, server.tail)
            daybook.run(["produce", "transfer", "--bootstrap", server.kafka],
                        input='{"id": 1, "a": "x", "b": "y"}\n{"id": 2, "a": "y", "b": "z"}\n')

            def ask(*question, **options):
                return daybook.run(["view", "query", "payments", *question, "--min-position",
                                    "transfer/0:2", "--timeout-ms", LONG_MS, "--server",
                                    f"http://{server.http}"], **options)

            self.assertRegex(ask("shortest", "from=x", "to=z").stdout,
                             r"hop +node *\n +0 +x *\n +1 +y *\n +2 +z")
            self.assertIn("ask: neighbours node=...", ask("neighbours", check=False).stderr)
            self.assertIn("it has: neighbours, reach", ask("nonsense", check=False).stderr)
            self.assertIn("NAME=VALUE", ask("reach", "x", check=False).stderr)
            daybook.stop_cleanly(server)

    def test_an_app_runs_on_a_log_that_is_elsewhere(self):
        self.app.write_text(GOOD)
        with daybook.serve(self.folder / "log") as log:
            arguments = ["run", self.app, "--bootstrap", log.kafka, "--state",
                         self.folder / "state", "--http", "127.0.0.1:0"]
            with daybook.Server(arguments, self.folder / "run.log", expect=("http",)) as server:
                waiting.until(lambda: self.status(server)["ready"], WAIT_S, server.tail)
                daybook.run(["produce", "web.click", "--bootstrap", log.kafka, "-p", "1"],
                            input='{"session": "a", "amount": "2.00"}\n')
                found = json.loads(daybook.run(
                    ["view", "query", "spent", "--key", "a", "--min-position", "web.click/1:1",
                     "--timeout-ms", LONG_MS, "--json", "--server",
                     f"http://{server.http}"]).stdout)
                self.assertEqual(found["rows"][0]["spent"], "2.00")
                second = daybook.run(arguments, check=False)
                self.assertEqual(second.returncode, 1, "two would write one view")
                self.assertIn(str(self.folder / "state"), second.stderr)
                daybook.stop_cleanly(server)


if __name__ == "__main__":
    cases.main()

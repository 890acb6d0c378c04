#!/usr/bin/env python3
"""An application whose log is killed is not ready any more, and says since when and why; it can
still be stopped cleanly, whatever it was about to ask or to write."""
# time limit: 300 s
import json
import urllib.error
import urllib.request

from support import cases, daybook, log_under_test, scratch, waiting

WAIT_S = waiting.PATIENCE_S
APP = """app: clicks
topics: {web.click: {columns: {session: VARCHAR}}}
views:
  clicks:
    from: {c: web.click}
    table: {key: session, sql: "SELECT session, count(*) AS n FROM c GROUP BY session"}
"""
PROCESSOR = """
processors:
  seen:
    from: {c: web.click}
    sql: SELECT session FROM c
    to: web.seen
"""


class LogAway:
    def test_a_log_that_was_killed_makes_it_unready(self):
        with scratch.folder("app") as folder:
            (folder / "app.yaml").write_text(APP + PROCESSOR)
            with daybook.run_app(folder / "app.yaml", self.log.kafka, folder / "state") as server:
                waiting.until(lambda: ready(server)[0] == 200, WAIT_S, server.tail)
                self.assertRegex(first_line(server), r"\bready\b")
                self.log.kill()
                waiting.until(lambda: ready(server)[0] == 503, WAIT_S, server.tail)
                pattern = r"the log has not answered since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: \S+"
                self.assertRegex(ready(server)[1]["error"]["message"], pattern)
                self.assertRegex(first_line(server), "not ready: " + pattern)
                daybook.stop_cleanly(server)


def ready(server):
    try:
        with urllib.request.urlopen(f"http://{server.http}/ready", timeout=WAIT_S) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def first_line(server):
    return daybook.run(["status", "--server", f"http://{server.http}"]).stdout.splitlines()[0]


def load_tests(loader, _tests, _pattern):
    return log_under_test.on_each(LogAway, loader)


if __name__ == "__main__":
    cases.main()

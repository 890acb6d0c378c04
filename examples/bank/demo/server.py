"""`daybook up examples/bank/app.yaml`, and what its HTTP interface answers."""
import json
import re
import signal
import time
import urllib.error
import urllib.request

from demo.children import Child, Failed

_LISTENING = re.compile(r"^listening (kafka|http) (\S+)$", re.MULTILINE)
_ANSWER_WITHIN_S = 90
_MOST_MS = 60_000    # that it may take for one
_MOST_ROWS = 100_000  # that one answer may have


class Server:
    def __init__(self, program, app_file, dsn, data, kafka, http, log):
        self.child = Child("daybook",
                           [program, "up", app_file, "--data", data, "--kafka", kafka, "--http",
                            http], log, stop_signal=signal.SIGTERM, stop_within_s=12,
                           env={"BANK_DSN": dsn})
        addresses = {}
        while len(addresses) < 2:
            addresses = dict(_LISTENING.findall(self.child.output()))
            self.child.check_running()
            time.sleep(0.02)
        self.kafka = addresses["kafka"]
        self.http = addresses["http"]

    def get(self, path):
        return self._answer(urllib.request.Request(f"http://{self.http}{path}"))

    def query(self, view, sql):
        """The rows of a SELECT over a view, as dicts by column."""
        body = json.dumps({"sql": sql, "row_limit": _MOST_ROWS, "time_limit_ms": _MOST_MS}).encode()
        return self._answer(urllib.request.Request(
            f"http://{self.http}/views/{view}/query", data=body,
            headers={"Content-Type": "application/json"}))["rows"]

    def _answer(self, request):
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_WITHIN_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise NotYet(f"{request.full_url}: {error.code} {error.read().decode()}") from None
        except OSError as error:
            self.child.check_running()
            raise Failed(f"daybook does not answer on {self.http}: {error}") from None


class NotYet(Exception):
    """The server answers, but has no answer to this: a view that is not there yet, say."""

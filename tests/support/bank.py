"""The bank of examples/bank in a private PostgreSQL, its driver, and Daybook capturing it."""
import json
import re
import subprocess
import urllib.error
import urllib.request

from support import BUILD, ROOT, daybook, postgres, processes, waiting

SIM = BUILD / "bank-sim"
APP = ROOT / "examples/bank/app.yaml"
SCHEMA = ROOT / "examples/bank/schema.sql"
CAPTURED = ("customer", "account", "card", "merchant", "transfer", "card_payment", "deposit",
            "account_entry")
MOST_MS = 60_000  # that a query may be allowed
_DATABASE = "postgres"
_WITNESS = "witness"


class Bank:
    """A cluster with the schema in it; open() makes customers. Use it in a `with` block."""

    def __init__(self, folder):
        self.folder = folder
        self.cluster = postgres.Cluster(folder / "postgres", settings="timezone = 'UTC'\n")
        self._drives = 0

    def __enter__(self):
        self.cluster.start()
        self.cluster.sql(SCHEMA.read_text())
        return self

    def __exit__(self, *_):
        self.cluster.stop()

    @property
    def dsn(self):
        return self.cluster.dsn

    def open(self, customers=300, seed=42):
        self.sim("fill", "--customers", customers, "--seed", seed)
        return self

    def sim(self, *arguments, timeout_s=600):
        return processes.run([SIM, "--dsn", self.dsn, *arguments], timeout_s=timeout_s).stdout

    def drive(self, transactions, rate=0, seed=42):
        """Business in the background: a Process that ends with status 0 when it is done."""
        self._drives += 1
        return processes.Process([SIM, "--dsn", self.dsn, "drive", "--transactions", transactions,
                                  "--rate", rate, "--seed", seed],
                                 self.folder / f"drive-{self._drives}.log")

    def up(self, app=APP, data=None, env=None, **options):
        """`daybook up` on this bank; data in folder/data unless another is given."""
        return daybook.up(app, data or self.folder / "data", log=self.folder / "daybook.log",
                          env={"BANK_DSN": self.dsn, **(env or {})}, **options)

    def run(self, bootstrap, app=APP):
        """`daybook run` on this bank, with the log at `bootstrap`."""
        return daybook.run_app(app, bootstrap, self.folder / "state",
                               log=self.folder / "daybook.log", env={"BANK_DSN": self.dsn})

    def start(self, log=None, env=None):
        """As daybook.start_app(), on this bank."""
        return daybook.start_app(APP, self.folder, log, env={"BANK_DSN": self.dsn, **(env or {})})

    # What PostgreSQL says, in the form in which the topics and views are read.

    def balances(self):
        """account -> (balance, entries, last_at), of every account that has entries."""
        rows = self.cluster.sql("""
            SELECT account_id, sum(amount), count(*), max(booked_at)
            FROM account_entry GROUP BY account_id""")
        return {int(account): (balance, int(entries), instant(last))
                for account, balance, entries, last in rows}

    def rows(self, table):
        """Every row of a table as a dict, numbers as PostgreSQL's own text."""
        rows = self.cluster.sql(f"SELECT row_to_json(t) FROM {table} t", timeout_s=300)
        return [json.loads(row[0], parse_float=str) for row in rows]

    # An independent count of what was committed: PostgreSQL's own decoding of its log.

    def start_witness(self):
        """From now on every committed change is counted. Before Daybook is started."""
        self.cluster.sql(f"""SELECT pg_create_logical_replication_slot('{_WITNESS}',
                                                                       'test_decoding')""")

    def witnessed(self):
        """{(table, op): how many} since start_witness(), with op as in the events: c, u, d."""
        counts = {}
        end = self.cluster.sql("SELECT pg_current_wal_flush_lsn()")[0][0]
        command = [f"{self.cluster.bin}/pg_recvlogical", "--dbname", self.dsn, "--slot", _WITNESS,
                   "--start", "--no-loop", "--endpos", end, "--file", "-", "--option",
                   "include-xids=0", "--option", "skip-empty-xacts=1"]
        change = re.compile(rb"table public\.(\w+): (INSERT|UPDATE|DELETE):")
        op = {b"INSERT": "c", b"UPDATE": "u", b"DELETE": "d"}
        with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
            for line in decoder.stdout:
                match = change.match(line)
                if match:
                    what = (match.group(1).decode(), op[match.group(2)])
                    counts[what] = counts.get(what, 0) + 1
        if decoder.returncode != 0:
            raise AssertionError(f"pg_recvlogical ended with status {decoder.returncode}")
        return {what: count for what, count in counts.items() if what[0] in CAPTURED}


def instant(text):
    """One spelling for a point in time: PostgreSQL's, Debezium's and the view's agree on it."""
    text = text.replace(" ", "T").removesuffix("Z")
    text = re.sub(r"\+00(:?00)?$", "", text)
    return text.rstrip("0").rstrip(".") if "." in text else text


# What Daybook's HTTP interface says.

def get(server, path, timeout_s=waiting.PATIENCE_S):
    return _answer(urllib.request.Request(f"http://{server.http}{path}"), timeout_s)


def query(server, view, sql, timeout_s=waiting.PATIENCE_S):
    body = json.dumps({"sql": sql, "row_limit": 100_000, "time_limit_ms": MOST_MS}).encode()
    return _answer(urllib.request.Request(
        f"http://{server.http}/views/{view}/query", data=body,
        headers={"Content-Type": "application/json"}), timeout_s)


def post(server, path, timeout_s=waiting.PATIENCE_S):
    return _answer(urllib.request.Request(f"http://{server.http}{path}", method="POST"), timeout_s)


def _answer(request, timeout_s):
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{request.full_url}: {error.code} "
                                 f"{error.read().decode()}") from None


def source(server):
    """The status of the one source of the bank's app."""
    return get(server, "/status")["sources"][0]


def wait_for_stream(server, timeout_s=180):
    """From here on every committed change is an event of its own, not a row of the snapshot."""
    waiting.until(lambda: source(server)["state"] == "streaming", timeout_s,
                  lambda: f"the snapshot to end: {source(server)}")


def view_balances(server):
    """As Bank.balances(), from the view."""
    rows = query(server, "balances",
                 "SELECT account_id, balance, entries, last_at FROM balances")["rows"]
    return {row["account_id"]: (row["balance"], row["entries"], instant(row["last_at"]))
            for row in rows}


def wait_until_equal(bank, server, timeout_s):
    """Fails unless the view comes to say, to the cent, what PostgreSQL says. The bank is closed."""
    expected = bank.balances()
    found = {}

    def equal():
        nonlocal found
        try:
            found = view_balances(server)
        except AssertionError as problem:  # the view is not there yet
            if not server.running():
                raise
            found = {}
            why_not[0] = str(problem)
        return found == expected

    why_not = [""]
    waiting.until(equal, timeout_s, lambda: _difference(expected, found) + " " + why_not[0])
    return expected


def _difference(expected, found):
    different = [account for account in sorted(expected.keys() | found.keys())
                 if expected.get(account) != found.get(account)]
    some = "; ".join(f"account {account}: PostgreSQL {expected.get(account)}, "
                     f"view {found.get(account)}" for account in different[:5])
    return f"{len(expected)} balances to be equal, {len(different)} are not: {some}"

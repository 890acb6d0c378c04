#!/usr/bin/env python3
# time limit: 300 s
"""Two processes have one view, each in a folder of its own, and publish its changes. Each in turn
is stopped (SIGSTOP) in the midst of its work, so long that the other takes over, and woken up
again: the last value of every key stays the view's row, on Daybook's own log and on Apache Kafka.

DAYBOOK_TEST_LOG names one log alone.
"""
import json
import random
import signal

from support import cases, daybook, log_under_test, scratch, waiting

WAIT_S = 180
TOPIC = "pay.balances"
APP = """app: pay
topics:
  pay.in: {partitions: 2, columns: {id: BIGINT, account: BIGINT, amount: "DECIMAL(18,2)"}}
views:
  balances:
    from: {p: pay.in}
    table:
      key: account
      sql: SELECT account, sum(amount) AS balance, count(*) AS entries FROM p GROUP BY account
    changes: pay.balances
"""


class StoppedPublisher:
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("stopped"))
        self.app = self.folder / "app.yaml"
        self.app.write_text(APP)
        self.chance = random.Random(cases.seed())
        self.cents = {}
        self.entries = {}

    def write(self, log, events):
        lines = []
        for number in range(events):
            account = self.chance.randrange(50)
            cents = self.chance.randrange(-10_000, 10_000)
            self.cents[account] = self.cents.get(account, 0) + cents
            self.entries[account] = self.entries.get(account, 0) + 1
            value = {"id": number, "account": account, "amount": f"{cents / 100:.2f}"}
            lines.append(f"{account}|{json.dumps(value)}")
        daybook.run(["produce", "pay.in", "-K|", "--bootstrap", log],
                    input="\n".join(lines) + "\n", timeout_s=60)

    def expected(self):
        return {json.dumps({"account": account}, separators=(",", ":")):
                {"account": account, "balance": f"{'-' if cents < 0 else ''}"
                                                f"{abs(cents) // 100}.{abs(cents) % 100:02}",
                 "entries": self.entries[account]}
                for account, cents in self.cents.items()}

    def check(self, log, what):
        waiting.until(lambda: daybook.last_values(TOPIC, log) == self.expected(), WAIT_S, what)

    def test_an_older_value_never_comes_back(self):
        log = self.log.kafka
        one = self.enterContext(daybook.run_app(self.app, log, self.folder / "one"))
        waiting.until(lambda: daybook.run(["topic", "describe", "pay.in", "--bootstrap", log],
                                          check=False).returncode == 0, WAIT_S, one.tail)
        self.write(log, 2_000)
        self.check(log, one.tail)
        other = self.enterContext(daybook.run_app(self.app, log, self.folder / "other"))
        for stopped, awake in ((one, other), (other, one), (one, other)):
            self.write(log, 2_000)  # while it is at work
            stopped.send(signal.SIGSTOP)
            try:
                self.write(log, 2_000)
                self.check(log, awake.tail)
            finally:
                stopped.send(signal.SIGCONT)
            self.write(log, 100)
            self.check(log, stopped.tail)
        for server in (one, other):
            daybook.stop_cleanly(server)
        self.check(log, other.tail)


def load_tests(loader, _tests, _pattern):
    return log_under_test.on_each(StoppedPublisher, loader)


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""The tests that the bank's author wrote beside it pass, without a database or a log."""
# time limit: 120 s
import json
import unittest

from support import bank, cases, daybook

NO_DATABASE = {"BANK_DSN": "dbname=bank"}


class BankTests(unittest.TestCase):
    def test_they_pass(self):
        done = daybook.run(["test", bank.APP, "--json"], env=NO_DATABASE, check=False)
        outcome = json.loads(done.stdout)
        self.assertEqual((done.returncode, outcome["failed"]), (0, 0), done.stdout)
        self.assertGreaterEqual(outcome["passed"], 7)


if __name__ == "__main__":
    cases.main()

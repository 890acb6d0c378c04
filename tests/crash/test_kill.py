#!/usr/bin/env python3
"""`kill -9` of Daybook at 25 moments spread over the bank's business: at the end, in topics and
views, no event is lost and none is there twice."""
# time limit: 600 s
import unittest

from support import bank, cases, ordeal, scratch


class Kill(unittest.TestCase):
    def test_25_kills_lose_and_repeat_nothing(self):
        cases.seed()
        with scratch.folder("kill") as folder, bank.Bank(folder) as open_bank:
            open_bank.open(customers=1000)
            self.assertEqual(ordeal.endure(open_bank), 0)


if __name__ == "__main__":
    cases.main()

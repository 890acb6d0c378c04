#!/usr/bin/env python3
"""The bank's app: after its business, views and topics say exactly what PostgreSQL says.

DAYBOOK_BANK_TRANSACTIONS sets how much business (50,000 transactions otherwise).
"""
# time limit: 600 s
import os
import time
import unittest

from support import bank, bank_views, captured, cases, scratch

TRANSACTIONS = int(os.environ.get("DAYBOOK_BANK_TRANSACTIONS", 50_000))
CATCH_UP_S = max(240, TRANSACTIONS // 200)


class BankApp(unittest.TestCase):
    def test_views_and_topics_equal_postgresql(self):
        with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
            open_bank.open(customers=2000)
            open_bank.start_witness()
            with open_bank.up() as server:
                bank.wait_for_stream(server)
                began = time.monotonic()
                with open_bank.drive(TRANSACTIONS) as driver:
                    self.assertEqual(driver.wait(CATCH_UP_S), 0, driver.tail())
                driven = time.monotonic()
                bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                equal = time.monotonic()
                bank_views.wait_until_equal(open_bank, server, CATCH_UP_S)
                versions = {view["version"] for view in bank.get(server, "/views")["views"]}
                self.assertEqual(versions, {1}, "each is built once")
                counts = open_bank.witnessed()
                for op in "cud":  # corrections and removals are among them
                    self.assertGreater(counts[("account_entry", op)], TRANSACTIONS / 100)
                events = captured.check_topics(open_bank, server, counts)
                print(f"{TRANSACTIONS} transactions in {driven - began:.1f} s, equal "
                      f"{equal - driven:.1f} s later, {events} events, judged in "
                      f"{time.monotonic() - equal:.1f} s")

    def test_a_snapshot_taken_during_business_joins_the_stream_without_a_seam(self):
        with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
            open_bank.open(customers=1000)
            open_bank.sim("drive", "--transactions", 5000)
            with open_bank.drive(6000, rate=1000) as driver:
                driver.wait_for("committed=[1-9]")
                with open_bank.up() as server:
                    self.assertEqual(driver.wait(60), 0, driver.tail())
                    bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                    captured.check_topics(open_bank, server)

    def test_a_stopped_app_goes_on_where_it_was(self):
        with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
            open_bank.open()
            open_bank.start_witness()
            for _ in range(3):
                with open_bank.up() as server:
                    bank.wait_for_stream(server)
                    open_bank.sim("drive", "--transactions", 500)
                    bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                    began = time.monotonic()
                    self.assertEqual(server.stop(timeout_s=15), 0, server.tail())
                    self.assertLess(time.monotonic() - began, 10)
                open_bank.sim("drive", "--transactions", 500)  # while nobody looks
            with open_bank.up() as server:
                bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                captured.check_topics(open_bank, server, open_bank.witnessed())


if __name__ == "__main__":
    cases.main()

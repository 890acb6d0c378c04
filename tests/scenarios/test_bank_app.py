#!/usr/bin/env python3
"""The bank's app: after its business, views and topics say exactly what PostgreSQL says.

DAYBOOK_BANK_TRANSACTIONS sets how much business (200,000 transactions otherwise).
"""
# time limit: 600 s
# alone
import os
import time
import unittest

from support import bank, captured, cases, scratch, waiting

TRANSACTIONS = int(os.environ.get("DAYBOOK_BANK_TRANSACTIONS", 200_000))
CATCH_UP_S = 240


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
                self.compare_other_views(open_bank, server)
                counts = open_bank.witnessed()
                for op in "cud":  # corrections and removals are among them
                    self.assertGreater(counts[("account_entry", op)], TRANSACTIONS / 100)
                events = captured.check_topics(open_bank, server, counts)
                print(f"{TRANSACTIONS} transactions in {driven - began:.1f} s, equal "
                      f"{equal - driven:.1f} s later, {events} events, judged in "
                      f"{time.monotonic() - equal:.1f} s")

    def compare_other_views(self, open_bank, server):
        """Those of the app besides `balances`, which have caught up or soon will have."""
        for view, shown, sql in (
                ("money", "SELECT kind, held, accounts, least, most FROM money",
                 "SELECT kind, sum(balance), count(*), min(balance), max(balance) FROM account "
                 "GROUP BY kind"),
                ("spending", "SELECT card_id, spent, payments, smallest, largest FROM spending",
                 "SELECT card_id, sum(amount), count(*), min(amount), max(amount) "
                 "FROM card_payment GROUP BY card_id"),
                ("customers", "SELECT id, given_name, family_name, city, segment FROM customers",
                 "SELECT id, given_name, family_name, city, segment FROM customer"),
                ("profiles", "SELECT id, document ->> '$.given_name', city, segment FROM profiles",
                 "SELECT id, given_name, city, segment FROM customer"),
                ("payees", 'SELECT "from", "to", count(*), max(id), max(amount) FROM payees '
                 'GROUP BY "from", "to"',
                 "SELECT debtor_account, creditor_account, count(*), max(id), "
                 "max(amount::text COLLATE \"C\") FROM transfer "
                 "GROUP BY debtor_account, creditor_account"),
                ("texts", "SELECT debtor_account, count(*), max(id), count(reference) FROM texts "
                 "GROUP BY debtor_account",
                 "SELECT debtor_account, count(*), max(id), count(reference) FROM transfer "
                 "GROUP BY debtor_account"),
                ("activity", "SELECT row, count(*), max(timestamp), max(value) FROM activity "
                 "WHERE qualifier = 'amount' GROUP BY row",
                 "SELECT card_id, count(*), max(id), max(amount::text COLLATE \"C\") "
                 "FROM card_payment GROUP BY card_id")):
            expected = sorted(open_bank.cluster.sql(sql))

            def rows():
                found = bank.query(server, view, shown)["rows"]
                return sorted([str(value) for value in row.values()] for row in found)

            waiting.until(lambda: rows() == expected, CATCH_UP_S,
                          lambda: f"view {view} to be {expected[:3]}…, not {rows()[:3]}…")
        averages = dict(open_bank.cluster.sql(
            "SELECT card_id, avg(amount) FROM card_payment GROUP BY card_id"))
        for row in bank.query(server, "spending", "SELECT card_id, average FROM spending")["rows"]:
            self.assertAlmostEqual(float(row["average"]), float(averages[str(row["card_id"])]), 6)

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

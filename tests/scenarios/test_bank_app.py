#!/usr/bin/env python3
"""The bank's app: after its business, views and topics say exactly what PostgreSQL says. With
`daybook up` on its own log, and with `daybook run` on Apache Kafka: there with less business, as
what is shown there is that nothing depends on whose log it is.

DAYBOOK_BANK_TRANSACTIONS sets how much business on Daybook's log (50,000 transactions otherwise),
DAYBOOK_TEST_LOG names one log alone.
"""
# time limit: 900 s
import os
import time

from support import bank, bank_views, captured, cases, daybook, log_under_test, scratch

TRANSACTIONS = int(os.environ.get("DAYBOOK_BANK_TRANSACTIONS", 50_000))
ON_KAFKA = 5_000
CATCH_UP_S = max(240, TRANSACTIONS // 200)


class Business:
    def test_views_and_topics_equal_postgresql_and_a_stopped_app_goes_on_where_it_was(self):
        transactions = TRANSACTIONS if self.log is None else min(TRANSACTIONS, ON_KAFKA)
        with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
            open_bank.open(customers=2000 if self.log is None else 300)
            open_bank.start_witness()
            with open_bank.start(self.log) as server:
                bank.wait_for_stream(server)
                began = time.monotonic()
                with open_bank.drive(transactions) as driver:
                    self.assertEqual(driver.wait(CATCH_UP_S), 0, driver.tail())
                driven = time.monotonic()
                bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                equal = time.monotonic()
                daybook.stop_cleanly(server)
            open_bank.sim("drive", "--transactions", 500)  # while nobody looks
            with open_bank.start(self.log) as server:
                open_bank.sim("drive", "--transactions", 500)
                bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                daybook.stop_cleanly(server)
            open_bank.sim("drive", "--transactions", 500)
            with open_bank.start(self.log) as server:
                bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                bank_views.wait_until_equal(open_bank, server, CATCH_UP_S)
                versions = {view["version"] for view in bank.get(server, "/views")["views"]}
                self.assertEqual(versions, {1}, "each is built once")
                counts = open_bank.witnessed()
                for op in "cud":  # corrections and removals are among them
                    self.assertGreater(counts[("account_entry", op)], transactions / 100)
                events = captured.check_topics(open_bank, self.log or server, counts)
                print(f"{transactions} transactions in {driven - began:.1f} s, equal "
                      f"{equal - driven:.1f} s later; {events} events")


class Seam:
    def test_a_snapshot_taken_during_business_joins_the_stream_without_a_seam(self):
        customers, before, during, rate = (1000, 5000, 6000, 1000) if self.log is None else \
            (300, 1500, 3000, 500)
        with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
            open_bank.open(customers=customers)
            open_bank.sim("drive", "--transactions", before)
            with open_bank.drive(during, rate=rate) as driver:
                driver.wait_for("committed=[1-9]")
                with open_bank.start(self.log) as server:
                    self.assertEqual(driver.wait(CATCH_UP_S), 0, driver.tail())
                    bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                    captured.check_topics(open_bank, self.log or server)


def load_tests(loader, tests, pattern):
    for scenarios in (Business, Seam):  # each on a log of its own: both capture the bank
        tests.addTest(log_under_test.on_each(scenarios, loader, with_up=True))
    return tests


if __name__ == "__main__":
    cases.main()

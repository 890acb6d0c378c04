#!/usr/bin/env python3
"""The bank itself, before anything captures it: real constraints, and the same bank every time."""
# time limit: 300 s
import unittest

from support import bank, cases, processes, scratch, waiting

TABLES = (*bank.CAPTURED, "operation")


def fingerprint(of):
    """One text that differs if any row of any table does."""
    return [of.cluster.sql(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) "
                           f"FROM {table} t") for table in TABLES]


class SimulatedBank(unittest.TestCase):
    def test_a_stopped_bank_goes_on_as_if_it_had_not_stopped(self):
        with scratch.folder() as a, scratch.folder() as b, bank.Bank(a) as whole, \
                bank.Bank(b) as halves:
            whole.open(seed=7).sim("drive", "--seed", 7, "--transactions", 3000)
            halves.open(seed=7).sim("drive", "--seed", 7, "--transactions", 1234)
            halves.sim("drive", "--seed", 7, "--transactions", 3000 - 1234)
            self.assertEqual(fingerprint(whole), fingerprint(halves))

    def test_another_seed_is_another_bank(self):
        with scratch.folder() as a, scratch.folder() as b, bank.Bank(a) as one, \
                bank.Bank(b) as other:
            self.assertNotEqual(fingerprint(one.open(50, seed=1)),
                                fingerprint(other.open(50, seed=2)))

    def test_business_of_every_kind_leaves_balanced_books(self):
        with scratch.folder() as folder, bank.Bank(folder) as open_bank:
            open_bank.open()
            report = open_bank.sim("drive", "--transactions", 4000).splitlines()[-1]
            self.assertRegex(report, r"^committed=4000 refused=[1-9]\d* in_flight=0")
            open_bank.sim("check")
            kinds = dict(open_bank.cluster.sql("SELECT kind, count(*) FROM operation GROUP BY 1"))
            for kind in ("opening", "transfer", "payment", "deposit", "correction", "removal",
                         "service"):
                self.assertGreater(int(kinds.get(kind, 0)), 10, kind)

    def test_postgresql_itself_keeps_the_books(self):
        with scratch.folder() as folder, bank.Bank(folder) as open_bank:
            open_bank.open(50)
            sql = open_bank.cluster.sql
            for statement, reason in (
                    ("UPDATE account_entry SET amount = amount * 2 WHERE leg = 2 AND "
                     "operation_id = 1", "must sum to zero"),
                    ("DELETE FROM account_entry WHERE leg = 1 AND operation_id = 1",
                     "must sum to zero"),
                    ("SELECT pay_in(1001, -1000000)", "deposit_amount_check"),
                    ("UPDATE account SET balance = -100000 WHERE id = 1001", "within_overdraft"),
                    ("INSERT INTO card VALUES (-1, 5, 1, '1234', 'active', '2030-01-01', now())",
                     "card_account_id_fkey")):
                with self.assertRaisesRegex(AssertionError, reason):
                    sql(statement)
            before = sql("SELECT balance FROM account WHERE id = 1001")[0][0]
            sql("SELECT pay_in(1001, 25.00)")
            after = sql("SELECT balance FROM account WHERE id = 1001")[0][0]
            self.assertAlmostEqual(float(after) - float(before), 25.0)
            open_bank.sim("check")

    def test_a_clerk_that_others_surprise_reads_the_books_again(self):
        with scratch.folder() as folder, bank.Bank(folder) as open_bank:
            open_bank.open(20)
            with open_bank.drive(3000, rate=1500) as driver:
                driver.wait_for("committed=[1-9]")
                # Behind the driver's back, every account is emptied.
                open_bank.cluster.sql("""
                    DO $$ DECLARE a record; number bigint; BEGIN
                      LOCK TABLE account IN EXCLUSIVE MODE;
                      FOR a IN SELECT * FROM account WHERE id > 1000 AND balance > 0 LOOP
                        number := nextval('counter_operation');
                        INSERT INTO operation VALUES (number, 'transfer', NULL, now());
                        INSERT INTO account_entry VALUES (number, 1, a.id, -a.balance, now()),
                                                         (number, 2, 1, a.balance, now());
                      END LOOP;
                    END $$""")
                self.assertEqual(driver.wait(waiting.PATIENCE_S), 0, driver.tail())
            open_bank.sim("check")

    def test_wrong_use_is_explained(self):
        with scratch.folder() as folder, bank.Bank(folder) as empty:
            for arguments, words in ((("drive",), "run `bank-sim fill` first"),
                                     (("fill", "--customers", "0"), "--customers"),
                                     (("check", "--unknown"), "--unknown")):
                done = processes.run([bank.SIM, "--dsn", empty.dsn, *arguments], check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stdout + done.stderr)
            empty.open(20)
            done = processes.run([bank.SIM, "--dsn", empty.dsn, "fill"], check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("already has customers", done.stderr)


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""What goes wrong around an app: each with a message that says what to do, and no harm done. What
its source meets, on either log: with `daybook up`, and with `daybook run` on Apache Kafka.
DAYBOOK_TEST_LOG names one log alone.
"""
# time limit: 600 s
import contextlib
import os
import unittest

from support import bank, captured, cases, daybook, log_under_test, postgres, processes, \
    scratch, waiting

WAIT_S = waiting.PATIENCE_S


@contextlib.contextmanager
def small_bank(customers=50):
    with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
        yield open_bank.open(customers)


def refused(arguments, env=None):
    """Status and words of a command that must fail by itself."""
    environment = {"BANK_DSN": "host=127.0.0.1", **(env or {})}
    done = processes.run([daybook.BINARY, *arguments], env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


class SourceTroubles:
    def start(self, folder, cluster):
        return daybook.start_app(bank.APP, folder, self.log, env={"BANK_DSN": cluster.dsn})

    def wait_for_error(self, server, *words):
        waiting.until(lambda: all(word in bank.source(server)["last_error"] for word in words),
                      WAIT_S, lambda: f"an error with {words}: {bank.source(server)}")

    def wait_until_it_waits(self, server):
        def waits():
            found = bank.source(server)
            return found["state"] == "waiting" and found["last_error"]
        waiting.until(waits, WAIT_S, lambda: f"the source to wait: {bank.source(server)}")

    def test_postgresql_is_not_there_yet_and_stops_and_crashes_and_comes_back(self):
        with small_bank() as open_bank:
            open_bank.start_witness()
            open_bank.cluster.stop()
            with open_bank.start(self.log) as server:
                self.wait_for_error(server, str(open_bank.cluster.port))
                open_bank.cluster.start()
                for go_away in (postgres.Cluster.stop, postgres.Cluster.crash):
                    bank.wait_for_stream(server)
                    open_bank.sim("drive", "--transactions", 500)
                    go_away(open_bank.cluster)
                    self.wait_until_it_waits(server)
                    open_bank.cluster.start()
                open_bank.sim("drive", "--transactions", 500)
                bank.wait_until_equal(open_bank, server, WAIT_S)
                captured.check_topics(open_bank, self.log or server, open_bank.witnessed())
                bank.wait_for_stream(server)

    def test_a_wrong_password(self):
        with small_bank() as open_bank:
            dsn = open_bank.cluster.dsn_of("postgres", password="guess")
            with open_bank.start(self.log, env={"BANK_DSN": dsn}) as server:
                self.wait_for_error(server, "password", "bank")
                self.assertNotIn("guess", bank.source(server)["last_error"] + server.output())
                self.assertTrue(server.running())

    def test_wal_level_is_not_logical(self):
        with scratch.folder("bank") as folder:
            with postgres.Cluster(folder / "postgres", wal_level="replica") as cluster:
                cluster.sql(bank.SCHEMA.read_text())
                with self.start(folder, cluster) as server:
                    self.wait_for_error(server, "wal_level", "logical", "replica", "restart")

    def test_a_table_that_is_not_there(self):
        with scratch.folder("bank") as folder:
            with postgres.Cluster(folder / "postgres") as cluster:
                with self.start(folder, cluster) as server:
                    self.wait_for_error(server, "customer")


class OwnTroubles(unittest.TestCase):
    """Of the file, before there is any log, and of the ports and folders that `up` takes."""

    def assert_says(self, text, *words):
        for word in words:
            self.assertIn(word, text)

    def test_a_missing_environment_variable(self):
        environment = {key: value for key, value in os.environ.items() if key != "BANK_DSN"}
        with scratch.folder("bank") as folder:
            for command in (["up", bank.APP, "--data", folder / "data"], ["validate", bank.APP]):
                done = processes.run(["env", "-u", "BANK_DSN", daybook.BINARY, *command],
                                     env=environment, check=False)
                self.assertEqual(done.returncode, 1)
                self.assert_says(done.stdout + done.stderr, "app.yaml:", "BANK_DSN")
            self.assertFalse((folder / "data").exists())

    def test_an_unknown_key_and_all_other_faults_at_once(self):
        with scratch.folder("bank") as folder:
            app = folder / "app.yaml"
            text = bank.APP.read_text().replace("key: account_id", "keys: account_id", 1)
            app.write_text(text.replace("\nsources:", "\nsource:", 1))
            for command in (["up", app, "--data", folder / "data"], ["validate", app]):
                status, words = refused(command)
                self.assertEqual(status, 1, words)
                line = 1 + text[:text.index("keys: account_id")].count("\n")
                self.assert_says(words, f"app.yaml:{line}:", '"keys"', '"key"', '"source"',
                                 '"sources"')
            self.assertFalse((folder / "data").exists())

    def test_ports_and_data_folders_in_use(self):
        with small_bank() as open_bank, open_bank.up() as server:
            data = open_bank.folder / "data"
            status, words = refused(["up", bank.APP, "--data", data, "--kafka", "127.0.0.1:0",
                                     "--http", "127.0.0.1:0"])
            self.assertEqual(status, 1, words)
            self.assert_says(words, str(data), str(server.pid))
            for option, taken in (("--kafka", server.kafka), ("--http", server.http)):
                other = "--http" if option == "--kafka" else "--kafka"
                status, words = refused(["up", bank.APP, "--data", open_bank.folder / "other",
                                         option, taken, other, "127.0.0.1:0"])
                self.assertEqual(status, 1, words)
                self.assert_says(words, taken, "choose another")
            bank.wait_until_equal(open_bank, server, WAIT_S)  # the first one was not disturbed


def load_tests(loader, tests, pattern):
    tests.addTest(log_under_test.on_each(SourceTroubles, loader, with_up=True))
    return tests


if __name__ == "__main__":
    cases.main()

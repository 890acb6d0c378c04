#!/usr/bin/env python3
"""The contracts of the client's ports, readers, writers and transactions, over Apache Kafka: the
same cases that client_contract runs over Daybook's own broker."""
# time limit: 480 s
import unittest

from support import BUILD, cases, kafka, processes, scratch


class ApacheKafka(unittest.TestCase):
    def test_the_contracts_hold_over_it(self):
        with scratch.folder("contract") as folder, kafka.broker(folder / "kafka") as log:
            ran = processes.run([BUILD / "client_test", "--gtest_filter=Kafka/*"], timeout_s=900,
                                env={"DAYBOOK_TEST_BOOTSTRAP": log.kafka}, check=False)
            self.assertEqual(ran.returncode, 0, ran.stdout[-8000:])
            for suite in ("LogContract", "TransactionsContract"):
                self.assertIn(f"Kafka/{suite}", ran.stdout)


if __name__ == "__main__":
    cases.main()

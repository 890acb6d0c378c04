#!/usr/bin/env python3
"""Of franz-go's own test suite (pkg/kgo), the tests of groups and of transactions: chains of groups
copy from topic to topic, with members that come and go, under every balancer and both group
protocols; each event must arrive once, in the order of its partition.
"""
# time limit: 360 s
import re
import unittest

from support import cases, go_client, log_under_test

_LIMIT_S = 320
RECORDS = 10_000


def setUpModule():
    global log
    log = unittest.enterModuleContext(log_under_test.open_log())


class OwnSuite(unittest.TestCase):
    def _run(self, tests, records):
        """Every test passes; a skipped one has not. Returns the names of those that passed."""
        done = go_client.run_own_suite(
            log.kafka, _LIMIT_S, ["-test.run", tests],
            {"KGO_TEST_RF": 1, "KGO_TEST_RECORDS": records, "KGO_LOG_LEVEL": "none"})
        results = re.findall(r"^ *--- (PASS|FAIL|SKIP): (\S+) \((\S+)\)", done.stdout, re.MULTILINE)
        failed = [result for result in results if result[0] != "PASS"]
        if done.returncode != 0 or failed:
            self.fail(f"status {done.returncode}; not passed: {failed}\n"
                      f"{done.stdout[-20_000:]}\n{done.stderr[-20_000:]}")
        for _, name, duration in results:
            print(f"    {name} {duration}")
        return {name for _, name, _ in results}

    def test_chains_of_groups_and_of_transactions_pass_every_event_on_once(self):
        passed = self._run("^Test(GroupETL|TxnEtl)$", RECORDS)
        for name in ("TestTxnEtl/range", "TestTxnEtl/sticky/848", "TestGroupETL/cooperative-sticky",
                     "TestGroupETL/sticky/848/static"):
            self.assertIn(name, passed)


if __name__ == "__main__":
    cases.main()

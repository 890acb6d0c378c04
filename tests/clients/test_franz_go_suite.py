#!/usr/bin/env python3
"""franz-go's own test suite (pkg/kgo), all of it that is about a log without passwords and shares:
groups and transactions that copy from topic to topic in chains, with members that come, go and die,
under every balancer and both group protocols, without and with connections that die after a second;
each event must arrive once, in the order of its partition.
"""
# time limit: 800 s
import re
import unittest

from support import cases, go_client, log_under_test

_LIMIT_S = 500
RECORDS = 10_000
RECORDS_IN_CHAOS = 4_000

CHAINS = ("GroupETL", "TxnEtl")  # they take all the time that there is: the others run before

# What is left out, and why.
EXCLUDED = {
    "SCRAMAuth": "SASL is not configured, here or on Apache Kafka",
    "SCRAMAuthBadCredentials": "likewise",
    "OAuthAuth": "likewise",
    "IssueProduceBrokerTooOldFailsRecords": "is for brokers that do not take Produce v2; skips",
    "ShareGroup": "share groups are not served",
    "ShareGroupETL": "likewise",
    "ShareGroupAckOnClose": "likewise",
    "ShareGroupOffsetsAdmin": "likewise",
    "ConsumeRegexShareSkipsInternal": "likewise",
    "ConsumeRegex": "wants a topic __consumer_offsets; ours in tests/tools/franz-go does without",
    "848RegexBrokerResolves": "likewise",
}


def pattern(*names):
    return "^Test_?(" + "|".join(map(re.escape, names)) + ")$"


def setUpModule():
    global log
    log = unittest.enterModuleContext(log_under_test.open_log())


class OwnSuite(unittest.TestCase):
    def _run(self, records, *selection, **environment):
        """Every test passes; a skipped one has not. Returns the names of those that passed."""
        done = go_client.run_own_suite(
            log.kafka, _LIMIT_S, selection,
            {"KGO_TEST_RF": 1, "KGO_TEST_RECORDS": records, "KGO_LOG_LEVEL": "none", **environment})
        results = re.findall(r"^ *--- (PASS|FAIL|SKIP): (\S+) \((\S+)\)", done.stdout, re.MULTILINE)
        failed = [result for result in results if result[0] != "PASS"]
        if done.returncode != 0 or failed:
            self.fail(f"status {done.returncode}; not passed: {failed}\n"
                      f"{done.stdout[-20_000:]}\n{done.stderr[-20_000:]}")
        for _, name, duration in results:
            if "/" not in name:
                print(f"    {name} {duration}")
        return {name for _, name, _ in results}

    def test_all_but_the_chains_passes(self):
        passed = self._run(RECORDS, "-test.skip", pattern(*EXCLUDED, *CHAINS))
        for name in ("TestClient_Produce", "TestPooling"):
            self.assertIn(name, passed)

    def test_chains_pass_every_event_on_once(self):
        passed = self._run(RECORDS, "-test.run", pattern(*CHAINS))
        for name in ("TestTxnEtl/range", "TestTxnEtl/sticky/848", "TestGroupETL/cooperative-sticky",
                     "TestGroupETL/sticky/848/static"):
            self.assertIn(name, passed)

    def test_so_they_do_while_connections_die(self):
        passed = self._run(RECORDS_IN_CHAOS, "-test.run", pattern(*CHAINS), KGO_TEST_CHAOS=1)
        for name in ("TestTxnEtl/sticky/848", "TestGroupETL/range/848"):
            self.assertIn(name, passed)


if __name__ == "__main__":
    cases.main()

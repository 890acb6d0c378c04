#!/usr/bin/env python3
"""A Kafka Streams application with exactly-once v2 and a RocksDB store: killed with kill -9 twice,
restarted on another machine's folder and then on its own, it has counted every payment once.
"""
# time limit: 240 s
import signal
import unittest

from support import cases, log_under_test, scratch, waiting

import streams_bank
from streams_bank import DEADLINE_S, ca, ck

PAYMENTS = 12_000


def setUpModule():
    global log, folder, class_path
    log = unittest.enterModuleContext(log_under_test.open_log())
    folder = unittest.enterModuleContext(scratch.folder("streams"))
    class_path = streams_bank.compiled(folder)


def start(name):
    return streams_bank.start(log.kafka, folder, name, class_path)


class ExactlyOnce(unittest.TestCase):
    def test_every_payment_is_counted_once_although_the_application_is_killed(self):
        bank = streams_bank.Bank(log.kafka)
        self.addCleanup(bank.close)
        for name, share in (("one", 1 / 3), ("two", 2 / 3)):
            with start(name) as instance:
                bank.follow(int(PAYMENTS * share), PAYMENTS, [instance])
                self.assertGreater(bank.sent, bank.seen)
                instance.kill()
        with start("one") as instance:
            bank.follow(PAYMENTS, PAYMENTS, [instance])
            self._the_repartition_topic_is_purged(bank.admin)
            self.assertEqual(instance.stop(signal.SIGTERM, 120), 143)  # what Java says to SIGTERM
        bank.check(self)
        self.assertEqual(bank.internal_topics(),
                         {"totals-app-totals-store-changelog": "compact",
                          "totals-app-totals-store-repartition": "delete"})

    def _the_repartition_topic_is_purged(self, admin):
        topic = "totals-app-totals-store-repartition"

        def starts():
            asked = {ck.TopicPartition(topic, p): ca.OffsetSpec.earliest() for p in range(4)}
            return [f.result(DEADLINE_S).offset for f in admin.list_offsets(asked).values()]

        waiting.until(lambda: max(starts()) > 0, DEADLINE_S, lambda: f"a purge of {topic}")


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""A Kafka Streams application in the streams protocol (KIP-1071), with exactly-once v2 and two
instances: one is killed with kill -9 and restarted, and so is the server, and every payment is
counted once. The server makes the application's topics, and Kafka's tools show the group.
"""
# time limit: 420 s
import signal
import unittest

from support import cases, daybook, kafka, log_under_test, ports, scratch, waiting

import streams_bank
from streams_bank import DEADLINE_S

PAYMENTS = 9_000
# A silent member is put out after 45 s, counted anew when the server restarts.
TAKEOVER_S = 180
GROUP = "totals-app"


def setUpModule():
    global folder, class_path, address
    folder = unittest.enterModuleContext(scratch.folder("streams"))
    class_path = streams_bank.compiled(folder)
    address = f"127.0.0.1:{ports.free_port()}"


def serve():
    if log_under_test.name() == "kafka":
        return kafka.broker(folder / "kafka")
    return daybook.serve(folder / "data", kafka=address, log=folder / "daybook.log")


def tool(log, *arguments):
    return kafka.tool("kafka-streams-groups", "--bootstrap-server", log.kafka, *arguments).stdout


class StreamsGroups(unittest.TestCase):
    def test_every_payment_is_counted_once_although_an_instance_and_the_server_are_killed(self):
        log = serve()
        self.addCleanup(lambda: log.kill())
        bank = streams_bank.Bank(log.kafka)
        self.addCleanup(bank.close)
        one, two = (self._start(log, name) for name in ("one", "two"))
        bank.follow(PAYMENTS // 3, PAYMENTS, [one, two])
        self._the_tools_show_the_group(log)
        two.kill()
        log.kill()
        log = serve()
        bank.follow(PAYMENTS // 3 + 1, PAYMENTS, [one], TAKEOVER_S)
        two = self._start(log, "two")
        bank.follow(PAYMENTS, PAYMENTS, [one, two], TAKEOVER_S)
        for instance in (one, two):
            self.assertEqual(instance.stop(signal.SIGTERM, 120), 143)  # what Java says to SIGTERM
        bank.check(self)
        self.assertEqual(bank.internal_topics(),
                         {"totals-app-totals-store-changelog": "compact",
                          "totals-app-totals-store-repartition": "delete"})
        waiting.until(lambda: "Empty" in tool(log, "--describe", "--group", GROUP, "--state"),
                      DEADLINE_S, lambda: "the group to be empty")

    def _start(self, log, name):
        instance = streams_bank.start(log.kafka, folder, name, class_path, "streams")
        self.addCleanup(instance.kill)
        return instance

    def _the_tools_show_the_group(self, log):
        self.assertIn(GROUP, tool(log, "--list").split())
        waiting.until(lambda: "Stable" in tool(log, "--describe", "--group", GROUP, "--state"),
                      DEADLINE_S, lambda: "the group to be stable")
        # Two instances with two threads each share the eight tasks, once both have joined.
        members = ["--describe", "--group", GROUP, "--members"]
        waiting.until(lambda: tool(log, *members).count("ACTIVE:") == 4, DEADLINE_S,
                      lambda: tool(log, *members))
        offsets = tool(log, "--describe", "--group", GROUP)
        self.assertIn("payments", offsets)
        self.assertIn("totals-app-totals-store-repartition", offsets)


if __name__ == "__main__":
    cases.main()

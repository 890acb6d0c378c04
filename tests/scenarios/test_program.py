#!/usr/bin/env python3
"""The example of a program in the middle: its tests pass, and it does what its README says, on
Daybook's own log and on Apache Kafka. DAYBOOK_TEST_LOG names one log alone.
"""
# time limit: 180 s
import json
import shutil
import unittest

from support import ROOT, cases, daybook, log_under_test, scratch, waiting

EXAMPLE = ROOT / "examples" / "program"
WAIT_S = waiting.PATIENCE_S


class Program(unittest.TestCase):
    def test_its_tests_pass(self):
        done = daybook.run(["test", EXAMPLE / "app.yaml"], timeout_s=WAIT_S)
        self.assertIn("1 passed, 0 failed", done.stdout)

    def test_a_program_that_is_not_there_is_said_before_anything_starts(self):
        with scratch.folder("program") as folder:
            text = (EXAMPLE / "app.yaml").read_text().replace("[python3, risk.py]", "[risk.py]")
            (folder / "app.yaml").write_text(text)
            done = daybook.run(["validate", folder / "app.yaml"], check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn('processor "risk": there is no program risk.py in PATH', done.stderr)
            shutil.copy(EXAMPLE / "risk.py", folder)
            (folder / "risk.py").chmod(0o755)
            done = daybook.run(["validate", folder / "app.yaml"], check=False)
            self.assertIn("write ./risk.py", done.stderr)


class Payments:
    def test_a_payment_becomes_an_alert(self):
        log_under_test.create_topic(self.log, "card.payment", 3)
        daybook.run(["produce", "card.payment", "-K|", "--bootstrap", self.log.kafka],
                    input='A|{"id":1,"card":"A","merchant":"casino","amount":"900.00"}\n')
        with scratch.folder("program") as folder, daybook.run_app(
                EXAMPLE / "app.yaml", self.log.kafka, folder / "state") as server:
            waiting.until(self.alerts, WAIT_S, server.tail)
            self.assertEqual(self.alerts(),
                             [{"id": 1, "card": "A", "amount": "900.00", "risk": 0.95}])

    def alerts(self):
        done = daybook.run(["consume", "card.alert", "-e", "--json", "--bootstrap",
                            self.log.kafka], check=False, timeout_s=WAIT_S)
        return [json.loads(json.loads(line)["value"]) for line in done.stdout.splitlines()]


def load_tests(loader, tests, pattern):
    tests.addTest(log_under_test.on_each(Payments, loader))
    return tests


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""The log's disk writes short, fails to sync and loses what it had, and is cut off in the middle of
a write, at 25 moments spread over the bank's business: at the end nothing is lost or doubled.

The faults come from faulty_disk.c, put under the release binary with LD_PRELOAD.
"""
# time limit: 600 s
import pathlib
import random
import unittest

from support import bank, cases, ordeal, processes, scratch

SOURCE = pathlib.Path(__file__).with_name("faulty_disk.c")


KINDS = ("short", "sync failed", "torn", "lost")
LEAST = 5  # of each kind, and of deaths by them


def count(report, *kinds):
    return sum(line.startswith(kinds) for line in report.read_text().splitlines())


def grave_faults(report):
    """How many faults there were that end a partition or the process."""
    return count(report, "sync failed", "torn")


class FaultyDisk(unittest.TestCase):
    def test_faults_under_the_log_lose_and_repeat_nothing(self):
        dice = random.Random(cases.seed())
        with scratch.folder("disk") as folder, bank.Bank(folder) as open_bank:
            library = folder / "faulty_disk.so"
            processes.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o",
                           library, SOURCE, "-ldl"])
            report = folder / "faults.txt"
            report.touch()
            seen = 0  # faults before this round

            def environment_of(number):
                nonlocal seen
                seen = grave_faults(report)
                plan = {"LD_PRELOAD": library, "FAULT_FOLDER": f"{folder}/data/log/",
                        "FAULT_REPORT": report, "FAULT_SEED": dice.getrandbits(31),
                        "FAULT_SHORT_PER_1000": 50}
                if number % 2 == 0:
                    plan["FAULT_SYNC_AFTER"] = dice.randint(1, 40)
                else:
                    plan["FAULT_TEAR_AFTER"] = dice.randint(1, 80)
                return plan

            open_bank.open(customers=1000)
            died = ordeal.endure(open_bank, environment_of, lambda: grave_faults(report) > seen,
                                 lambda: all(count(report, kind) >= LEAST for kind in KINDS))
            for kind in KINDS:
                print(f"{kind}: {count(report, kind)}")
                self.assertGreaterEqual(count(report, kind), LEAST, f"faults of kind {kind}")
            self.assertGreaterEqual(died, LEAST)


if __name__ == "__main__":
    cases.main()

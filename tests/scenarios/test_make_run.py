#!/usr/bin/env python3
"""`make run` as a newcomer meets it: equal totals, everything stopped at the end, whoever ends it,
and a second run that goes on from the first."""
# time limit: 600 s
# alone
import os
import re
import signal
import subprocess
import unittest

from support import ROOT, cases, processes, scratch, waiting

RUN = ROOT / "examples/bank/run"
WAIT_S = waiting.PATIENCE_S
SMALL = ("--customers", 100, "--rate", 200, "--compare-every", 3)


def alive(folder):
    """The command lines of all processes that have to do with `folder`."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as f:
                    line = f.read().replace(b"\0", b" ").decode(errors="replace")
                working_folder = os.readlink(f"/proc/{entry}/cwd")
            except OSError:  # it has ended meanwhile
                continue
            if str(folder) in line or working_folder.startswith(str(folder)):
                found.append(f"{entry}: {line}")
    return found


class MakeRun(unittest.TestCase):
    def run_for(self, folder, seconds, *options):
        return processes.run([RUN, "--folder", folder / "bank", "--for", seconds, *SMALL, *options],
                             timeout_s=2 * WAIT_S, cwd=ROOT)

    def assert_nothing_left(self, folder):
        waiting.until(lambda: not alive(folder), WAIT_S, lambda: f"the end of {alive(folder)}")

    def test_totals_are_equal_and_the_second_run_goes_on(self):
        with scratch.folder("run") as folder:
            first = self.run_for(folder, 6)
            self.assertRegex(first.stdout, r"equal after [\d,]+ operations: [\d,]+ balances")
            self.assertNotIn("DIFFERENT", first.stdout)
            self.assertNotRegex(first.stdout, r"[\x00-\x09\x0b-\x1f]")
            self.assert_nothing_left(folder)
            second = self.run_for(folder, 1)
            after = [int(number.replace(",", "")) for run in (first, second)
                     for number in re.findall(r"equal after ([\d,]+)", run.stdout)]
            goes_on = re.search(r"goes on after ([\d,]+) operations", second.stdout)
            self.assertGreaterEqual(int(goes_on.group(1).replace(",", "")), after[0])
            self.assertGreater(after[-1], after[0])
            self.assert_nothing_left(folder)

    def test_the_commands_it_shows_are_true(self):
        with scratch.folder("run") as folder:
            with self.start(folder) as demonstration:
                text = demonstration.output()
                shown = re.findall(r"^  (\S*daybook view .*|psql .*|\S*daybook consume .*)$", text,
                                   re.MULTILINE)
                self.assertEqual(len(shown), 4, text)
                view, psql, consume, alerts = shown
                before = self.shell(view)
                self.assertIn("1001", before)
                self.shell(psql)
                waiting.until(lambda: self.shell(view) != before, WAIT_S, "the view to change")
                self.assertIn("account_id", self.shell(consume))
                demonstration.wait_for("alerts [1-9]", 2 * WAIT_S)
                self.assertIn("km_per_hour", self.shell(alerts))
            self.assert_nothing_left(folder)

    def shell(self, command):
        done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True,
                              timeout=WAIT_S)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, folder):
        demonstration = processes.Process(
            [RUN, "--folder", folder / "bank", *SMALL], folder / "run.log", cwd=ROOT)
        demonstration.wait_for("equal after")
        return demonstration

    def test_whatever_ends_it_nothing_is_left(self):
        with scratch.folder("run") as folder:
            for number, status in ((signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129),
                                   (signal.SIGKILL, -9)):
                with self.subTest(number.name), self.start(folder) as demonstration:
                    self.assertEqual(len(set(re.findall("daybook up|bank-sim|bin/postgres -D",
                                                        "\n".join(alive(folder))))), 3)
                    demonstration.send(number)
                    self.assertEqual(demonstration.wait(WAIT_S), status, demonstration.tail())
                    self.assert_nothing_left(folder)

    def test_ctrl_c_reaches_make_and_everything_ends(self):
        with scratch.folder("run") as folder:
            log = folder / "run.log"
            options = " ".join(str(part) for part in ("--folder", folder / "bank", *SMALL))
            # With --fork, make is never the process that is waited for here: it ends by the signal.
            make = processes.Process(
                ["setsid", "--fork", "--wait", "make", "run", f"ARGS={options}"], log, cwd=ROOT)
            with make:
                make.wait_for("equal after", 2 * WAIT_S)
                group = next(int(line.split(":")[0]) for line in alive(folder)
                             if "make run" in line and "setsid" not in line)
                os.killpg(group, signal.SIGINT)
                make.wait(WAIT_S)
                make.wait_for("stopped; everything is kept")
            self.assert_nothing_left(folder)

    def test_two_at_once_and_a_folder_of_somebody_else(self):
        with scratch.folder("run") as folder:
            with self.start(folder) as demonstration:
                second = processes.run([RUN, "--folder", folder / "bank"], cwd=ROOT, check=False)
                self.assertEqual(second.returncode, 1)
                self.assertIn(f"pid {demonstration.pid}", second.stderr)
                beside = self.run_for(folder / "beside", 2)  # other ports, other everything
                self.assertIn("equal after", beside.stdout)
            strange = processes.run([RUN, "--folder", ROOT / "docs", "--fresh"], cwd=ROOT,
                                    check=False)
            self.assertEqual(strange.returncode, 1)
            self.assertIn("holds something else", strange.stderr)
            self.assertTrue((ROOT / "docs").exists())


if __name__ == "__main__":
    cases.main()

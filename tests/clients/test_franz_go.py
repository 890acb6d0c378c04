#!/usr/bin/env python3
"""franz-go: round trips, producers in parallel, eager, cooperative and static members, admin,
transactions.

The tests themselves are Go's, in tests/tools/franz-go.
"""
# time limit: 420 s
import re
import sys

from support import go_client, log_under_test

_RUN_S = 360


def main():
    with log_under_test.open_log() as log:
        done = go_client.run(log.kafka, _RUN_S)
    print(done.stdout + done.stderr)
    passed = len(re.findall(r"^--- PASS", done.stdout, re.MULTILINE))
    failed = len(re.findall(r"^--- (?:FAIL|SKIP)", done.stdout, re.MULTILINE))
    if done.returncode != 0 or passed == 0:
        failed = max(failed, 1)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

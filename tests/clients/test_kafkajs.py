#!/usr/bin/env python3
"""kafkajs (Node.js): round trips, groups, idempotence, transactions, administration.

The tests are in kafkajs_tests.js: kafkajs has gzip of its own, and snappy as an addition.
"""
# time limit: 240 s
import re
import sys

from support import CACHE, ROOT, log_under_test, processes

_RUN_S = 400


def main():
    with log_under_test.open_log() as log:
        done = processes.run(
            ["node", ROOT / "tests/clients/kafkajs_tests.js", *sys.argv[1:]], timeout_s=_RUN_S,
            check=False,
            env={"KAFKA_BOOTSTRAP": log.kafka, "NODE_PATH": CACHE / "node" / "node_modules"})
    print(done.stdout + done.stderr)
    passed = len(re.findall(r"^--- PASS", done.stdout, re.MULTILINE))
    failed = len(re.findall(r"^--- FAIL", done.stdout, re.MULTILINE))
    if done.returncode != 0 or passed == 0:
        failed = max(failed, 1)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

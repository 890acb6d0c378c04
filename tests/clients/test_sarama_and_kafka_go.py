#!/usr/bin/env python3
"""sarama and kafka-go, Go's other clients: codecs, idempotence, groups of every strategy, static
members, transactions, admin.

The tests themselves are Go's, in tests/tools/franz-go/sarama and segmentio.
"""
# time limit: 300 s
import re
import sys

from support import go_client, log_under_test

_RUN_S = 240


def main():
    passed = failed = 0
    with log_under_test.open_log() as log:
        for client in ("sarama", "kafka-go"):
            done = go_client.run(log.kafka, _RUN_S, client)
            print(done.stdout + done.stderr)
            succeeded = len(re.findall(r"^--- PASS", done.stdout, re.MULTILINE))
            broken = len(re.findall(r"^--- (?:FAIL|SKIP)", done.stdout, re.MULTILINE))
            passed += succeeded
            failed += max(broken, done.returncode != 0 or succeeded == 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

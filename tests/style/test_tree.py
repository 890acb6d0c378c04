#!/usr/bin/env python3
"""The working copy keeps every rule. One test per rule; a breach names file, line and rule."""
# time limit: 300 s
import sys
import time

import rules
from support import BUILD, ROOT


def main():
    chosen = sys.argv[1:]
    tree = rules.Tree(ROOT, build=BUILD if BUILD.is_dir() else None)
    failed = 0
    for name in rules.names():
        if chosen and name not in chosen:
            continue
        started = time.monotonic()
        breaches = rules.check(tree, {name})
        failed += bool(breaches)
        for breach in breaches:
            print(breach)
        print(f"{'BROKEN' if breaches else 'kept  '} {name:<30} {rules.meaning(name)} "
              f"[{time.monotonic() - started:.1f} s]", flush=True)
    print(f"{len(chosen or rules.names()) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

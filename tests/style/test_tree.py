#!/usr/bin/env python3
"""The working copy keeps every rule. One test per rule; a breach names file, line and rule."""
# time limit: 300 s
import sys
import time

import rules
from support import BUILD, ROOT


def main():
    chosen = sys.argv[1:] or rules.names()
    tree = rules.Tree(ROOT, build=BUILD if BUILD.is_dir() else None)
    broken = {}
    for name in chosen:
        started = time.monotonic()
        breaches = rules.check(tree, {name})
        if breaches:
            broken[name] = breaches
        else:
            print(f"kept   {name:<30} {rules.meaning(name)} [{time.monotonic() - started:.1f} s]")
    for name, breaches in broken.items():
        print(f"BROKEN {name:<30} {rules.meaning(name)}")
        print(*breaches, sep="\n")
    print(f"{len(chosen) - len(broken)} passed, {len(broken)} failed")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

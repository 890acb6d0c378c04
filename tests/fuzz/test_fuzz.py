#!/usr/bin/env python3
"""Every fuzzer of the tree, over its corpus and then for a bounded time beyond it.

A fuzzer is src/<room>/**/x_fuzz.cpp; its corpus is the folder corpus/x_fuzz/ beside it, and what a
fuzzer finds goes there for good. DAYBOOK_FUZZ_SECONDS=n fuzzes each for n seconds (5 otherwise).

A fuzzer is built with every room that its own stands on. Those of the rooms near the top, which
stand on most, run only with DAYBOOK_FUZZ_ALL=1 (`make fuzz`).
"""
# time limit: 1800 s
import concurrent.futures
import os
import subprocess
import sys
import tempfile

from support import ROOT, processes

SECONDS = int(os.environ.get("DAYBOOK_FUZZ_SECONDS", "5"))
ONE_INPUT_S = 60
RESIDENT_MB = 1024
BUILD_S = 3000  # of a machine that does other things besides
TOP_ROOMS = ("broker", "flow", "views", "app", "http", "cli")
FINDINGS = ROOT / "build" / "fuzz-findings"


def run(source):
    """(passed, what to print) of one fuzzer."""
    name = source.stem
    corpus = source.parent / "corpus" / name
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="daybook-fuzz-") as found:
        folders = [found] + ([str(corpus)] if corpus.is_dir() else [])
        done = subprocess.run(
            [ROOT / "build" / "fuzz" / name, f"-max_total_time={SECONDS}",
             f"-timeout={ONE_INPUT_S}", f"-rss_limit_mb={RESIDENT_MB}",
             f"-artifact_prefix={FINDINGS}/{name}-", "-print_final_stats=1", *folders],
            capture_output=True, text=True, errors="replace",
            timeout=SECONDS + 10 * ONE_INPUT_S)
    runs = next((line.split(":")[-1].strip() for line in done.stderr.splitlines()
                 if line.startswith("stat::number_of_executed_units")), "0")
    inputs = len(list(corpus.iterdir())) if corpus.is_dir() else 0
    if done.returncode == 0 and int(runs) > inputs:
        return True, f"{name}: {runs} runs from a corpus of {inputs}"
    advice = (f"{name} failed (exit status {done.returncode}). Fix it, and keep the input for "
              f"good:\n  cp {FINDINGS}/{name}-* {corpus}/")
    return False, "\n".join([*done.stderr.splitlines()[-60:], advice])


def main():
    sources = sorted((ROOT / "src").rglob("*_fuzz.cpp"))
    if not os.environ.get("DAYBOOK_FUZZ_ALL"):
        sources = [s for s in sources if s.relative_to(ROOT / "src").parts[0] not in TOP_ROOMS]
    if not sources:
        print("there is no fuzzer below src/")
        return 1
    processes.run([ROOT / "scripts" / "build", "fuzz", *[source.stem for source in sources]],
                  timeout_s=BUILD_S)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2)) as pool:
        for passed, text in pool.map(run, sources):
            print(text, flush=True)
            failed += not passed
    print(f"{len(sources) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

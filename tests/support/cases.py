"""unittest with the closing line that scripts/test reads, and a seed that a failure prints."""
import os
import random
import signal
import sys
import unittest

_seed = None


def seed():
    """The run's random seed (DAYBOOK_SEED repeats one). Printed when a test fails."""
    global _seed
    if _seed is None:
        _seed = int(os.environ.get("DAYBOOK_SEED") or random.SystemRandom().getrandbits(32))
    return _seed


def main(module="__main__"):
    """Runs the module's tests in the order they are written, and exits."""
    # SIGTERM (a time limit) unwinds the stack, so that every `with` block stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    loader = unittest.TestLoader()
    loader.sortTestMethodsUsing = None
    selected = sys.argv[1:]
    if selected:
        loader.testNamePatterns = [f"*{name}*" for name in selected]
    tests = loader.loadTestsFromModule(sys.modules[module])
    if tests.countTestCases() == 0:
        sys.exit("no test matches")
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
    failed = len(result.failures) + len(result.errors) + len(result.skipped)
    failed += len(result.unexpectedSuccesses)
    failed = min(failed, max(result.testsRun, 1))
    if failed and _seed is not None:
        print(f"repeat with DAYBOOK_SEED={_seed}")
    print(f"{max(result.testsRun - failed, 0)} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)

"""The venv of tests/tools/python, made by `scripts/setup test`."""
import os
import sys

from support import CACHE

_PYTHON = CACHE / "python" / "bin" / "python"


def enter():
    """Goes on as the venv's interpreter, in which the clients can be imported."""
    if os.path.realpath(sys.prefix) == os.path.realpath(CACHE / "python"):
        return
    if not _PYTHON.exists():
        raise SystemExit("the Python clients are not installed: run scripts/setup test")
    os.execv(_PYTHON, [str(_PYTHON), *sys.argv])

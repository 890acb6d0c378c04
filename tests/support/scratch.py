"""Temporary folders that go away with the test (DAYBOOK_KEEP=1 keeps them and says where)."""
import contextlib
import os
import pathlib
import shutil
import sys
import tempfile


@contextlib.contextmanager
def folder(name="test"):
    # Short path: a unix socket's may not be longer than 107 bytes.
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"daybook-{name}-"))
    path.chmod(0o755)  # PostgreSQL runs as another user when the test is root
    try:
        yield path
    finally:
        if os.environ.get("DAYBOOK_KEEP"):
            print(f"kept {path}", file=sys.stderr)
        else:
            shutil.rmtree(path, ignore_errors=True)

"""A disk that fills up: a small tmpfs that only the process under test sees."""
import os
import pathlib
import subprocess

_MOUNT_THEN = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'


def prefix(folder, size):
    """Put before a command, runs it with a tmpfs of `size` ("16m") at `folder`, as the same pid.

    Root mounts in a namespace of its own; anyone else in a user namespace.
    """
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for options in (["-m"], ["-r", "-m"]):
        tried = subprocess.run(["unshare", *options, "mount", "-t", "tmpfs", "tmpfs", folder],
                               capture_output=True)
        if tried.returncode == 0:
            return ["unshare", *options, "sh", "-c", _MOUNT_THEN, "sh", size, str(folder)]
    raise AssertionError(f"no small disk can be mounted (uid {os.getuid()}): "
                         f"{tried.stderr.decode().strip()}")


def inside(process, folder):
    """The folder as `process` sees it."""
    return pathlib.Path(f"/proc/{process.pid}/root{folder}")

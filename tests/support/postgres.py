"""A private PostgreSQL cluster in a folder, with logical replication on."""
import glob
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess

from support import ports, processes, waiting

_SETTINGS = """
listen_addresses = '127.0.0.1'
wal_level = {wal_level}
max_wal_senders = 10
max_replication_slots = 10
fsync = {fsync}
shared_buffers = 32MB
log_line_prefix = '%m [%p] '
"""


def _bin_folder():
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if found:
        best = max(found, key=lambda path: int(re.search(r"/(\d+)/bin", path).group(1)))
        return os.path.dirname(best)
    on_path = shutil.which("postgres")
    if on_path:
        return os.path.dirname(os.path.realpath(on_path))
    raise AssertionError("PostgreSQL's server programs are not installed: run scripts/setup run")


def _as_owner(command, die_with_parent=False):
    """PostgreSQL refuses to run as root; then it runs as postgres (or nobody)."""
    if os.geteuid() != 0:
        return command
    owner = _owner()
    pdeathsig = ["--pdeathsig", "QUIT"] if die_with_parent else []
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups",
            *pdeathsig, "--", *command]


def _owner():
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


class Cluster:
    """`with Cluster(folder) as pg:` — pg.dsn connects as its superuser `bank` (password `bank`).

    stop() and start() keep port and data, so "PostgreSQL goes away and comes back" can be played.
    """

    USER = "bank"
    PASSWORD = "bank"

    def __init__(self, folder, wal_level="logical", fsync=False, settings=""):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.port = ports.free_port()
        self.bin = _bin_folder()
        self.process = None
        if not (self.data / "PG_VERSION").exists():
            self._create(wal_level, fsync, settings)

    def _create(self, wal_level, fsync, settings):
        self.folder.mkdir(parents=True, exist_ok=True)
        password = self.folder / "password"
        password.write_text(self.PASSWORD + "\n")
        if os.geteuid() == 0:
            for path in (self.folder, password):
                os.chown(path, _owner().pw_uid, _owner().pw_gid)
        processes.run(_as_owner([f"{self.bin}/initdb", "--pgdata", self.data, "--username",
                                 self.USER, "--pwfile", password, "--auth", "scram-sha-256",
                                 "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]),
                      cwd=self.folder)
        with open(self.data / "postgresql.conf", "a") as f:
            f.write(_SETTINGS.format(wal_level=wal_level, fsync="on" if fsync else "off"))
            f.write(settings)

    @property
    def dsn(self):
        return self.dsn_of("postgres")

    def dsn_of(self, database, user=None, password=None):
        return (f"host=127.0.0.1 port={self.port} dbname={database} user={user or self.USER} "
                f"password={password or self.PASSWORD}")

    def start(self, timeout_s=waiting.PATIENCE_S):
        command = [f"{self.bin}/postgres", "-D", self.data, "-p", str(self.port), "-k", self.folder]
        self.process = processes.Process(_as_owner(command, die_with_parent=True),
                                         self.folder.with_suffix(".log"), cwd=self.folder)
        self.process.wait_for(r"database system is ready to accept connections", timeout_s)
        return self

    def stop(self, timeout_s=waiting.PATIENCE_S):
        """Fast shutdown: sessions are cut, everything is written."""
        if self.process:
            self.process.stop(signal.SIGINT, timeout_s)
            self.process = None

    def crash(self):
        """Immediate shutdown, as a power cut would leave it; start() recovers."""
        self.process.stop(signal.SIGQUIT, waiting.PATIENCE_S)
        self.process = None

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def sql(self, text, database="postgres", timeout_s=waiting.PATIENCE_S):
        """Runs SQL with psql and returns the rows as lists of strings."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set",
             "ON_ERROR_STOP=1", "--field-separator", "\x1f", "--dbname", self.dsn_of(database)],
            input=text, text=True, capture_output=True, timeout=timeout_s)
        if done.returncode != 0:
            raise AssertionError(f"psql: {done.stderr.strip()}")
        return [line.split("\x1f") for line in done.stdout.splitlines()]

"""The bank's PostgreSQL: a private cluster in the demonstration's folder, on a port of its own."""
import glob
import hashlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time

from demo.children import Child, Failed

_SETTINGS = """
# Written by the bank demonstration.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
wal_level = logical
max_wal_senders = 8
max_replication_slots = 8
log_line_prefix = '%m [%p] '
"""


def free_port(preferred=0):
    """`preferred` if nobody has it, else any port that is free now."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise Failed("no free port on 127.0.0.1")


def _programs():
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if found:
        newest = max(found, key=lambda path: int(re.search(r"/(\d+)/bin/", path).group(1)))
        return pathlib.Path(newest).parent
    on_path = shutil.which("postgres")
    if on_path:
        return pathlib.Path(on_path).resolve().parent
    raise Failed("PostgreSQL's server programs are not installed: run scripts/setup run")


def _owner():
    """PostgreSQL refuses to run as root; then another user owns the cluster."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _can_enter(owner, folder):
    return subprocess.run(["test", "-x", folder], user=owner.pw_uid, group=owner.pw_gid,
                          extra_groups=[], stdout=subprocess.DEVNULL).returncode == 0


def cluster_folder(folder):
    """`folder`/postgres, unless the user who must own it cannot get there (below /root, say)."""
    owner = _owner()
    if owner is None or _can_enter(owner, folder):
        return folder / "postgres"
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return pathlib.Path("/var/tmp") / f"daybook-bank-{name}"


class Cluster:
    def __init__(self, folder):
        self.folder = cluster_folder(folder)
        self.log = folder / "postgres.log"
        self._owner = _owner()
        self._programs = _programs()
        self.port = None
        self.child = None

    @property
    def dsn(self):
        return f"postgresql://bank:bank@127.0.0.1:{self.port}/postgres"

    def exists(self):
        return (self.folder / "PG_VERSION").exists()

    def create(self):
        # A folder that initdb did not finish has no meaning to anyone.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        password = self.log.with_name("password")
        password.write_text("bank\n")
        password.chmod(0o644)  # for the user who owns the cluster; it is no secret
        identity = {}
        if self._owner:
            os.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)
            identity = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}
        with open(password) as words:
            done = subprocess.run(
                [self._programs / "initdb", "--pgdata", self.folder, "--username", "bank",
                 "--pwfile", "/dev/stdin", "--auth", "scram-sha-256", "--encoding", "UTF8",
                 "--locale", "C.UTF-8", "--no-sync"],
                stdin=words, capture_output=True, text=True, cwd="/", **identity)
        password.unlink()
        if done.returncode != 0:
            raise Failed(f"initdb could not make a cluster in {self.folder}:\n{done.stderr}")
        with open(self.folder / "postgresql.conf", "a") as settings:
            settings.write(_SETTINGS)

    def start(self, preferred_port):
        self.port = free_port(preferred_port)
        self.child = Child("PostgreSQL", [self._programs / "postgres", "-D", self.folder,
                                          "-p", self.port], self.log,
                           stop_signal=signal.SIGINT, stop_within_s=20, user=self._owner)
        while "ready to accept connections" not in self.child.output():
            self.child.check_running()
            time.sleep(0.02)

    def query(self, sql):
        """The rows of one statement, as lists of text."""
        done = self._psql("--command", sql)
        if done.returncode != 0:
            raise Failed(f"PostgreSQL did not answer: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def execute_file(self, path):
        """All of it, or nothing."""
        done = self._psql("--single-transaction", "--file", path)
        if done.returncode != 0:
            raise Failed(f"{path} did not run: {done.stderr.strip()}")

    def _psql(self, *what):
        return subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator",
             "\t", "--set", "ON_ERROR_STOP=1", "--dbname", self.dsn, *what],
            capture_output=True, text=True, start_new_session=True)

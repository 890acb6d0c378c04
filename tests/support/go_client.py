"""Go's clients: our tests of franz-go, sarama and kafka-go in tests/tools/franz-go, and franz-go's
own suite, which its module archive holds.

Compiled with the Go that was found, or the one that scripts/setup fetched.
"""
import os
import shutil

from support import CACHE, ROOT, processes

MODULE = ROOT / "tests" / "tools" / "franz-go"
OWN_SUITE = "github.com/twmb/franz-go/pkg/kgo"
_BUILD_S = 600


def _go():
    fetched = CACHE / "go" / "bin" / "go"
    found = str(fetched) if fetched.exists() else shutil.which("go")
    if not found:
        raise AssertionError("there is no Go: run scripts/setup test")
    return found


# The tests of each client, by the folder of the module that they are in.
_TESTS = {"franz-go": ".", "sarama": "./sarama", "kafka-go": "./segmentio"}


def build(client="franz-go", fetch=False):
    """The test program, compiled if its sources have changed; the network only with `fetch`."""
    return _compile(["test", "-c", "-vet=off"], _TESTS[client], f"{client}.test", fetch)


def build_own_suite(fetch=False):
    """franz-go's own tests as a program, likewise."""
    return _compile(["test", "-c", "-vet=off"], OWN_SUITE, "kgo.test", fetch)


def build_command(name, fetch=False):
    """A program of the module, of the folder `name`, likewise."""
    return _compile(["build"], f"./{name}", name, fetch)


def build_all():
    """Everything that a test may ask for, with what it needs fetched: no test waits for that."""
    for client in _TESTS:
        build(client, fetch=True)
    build_own_suite(fetch=True)
    for source in sorted(MODULE.glob("*/main.go")):
        build_command(source.parent.name, fetch=True)


def _compile(how, package, name, fetch):
    program = CACHE / "franz-go" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    _run_go([*how, "-o", program, package], fetch)
    return program


def _run_go(arguments, fetch=False):
    environment = {"GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw",
                   "GOMODCACHE": CACHE / "go-modules", "GOCACHE": CACHE / "go-build"}
    if not fetch:
        environment["GOPROXY"] = "off"
    return processes.run([_go(), *arguments], cwd=MODULE, env=environment,
                         timeout_s=_BUILD_S).stdout


def run(address, timeout_s, client="franz-go"):
    """Runs a client's tests against the log at `address`: the CompletedProcess of `go test -v`."""
    return processes.run([build(client), "-test.v", f"-test.timeout={timeout_s}s"], cwd=MODULE,
                         env={"KAFKA_BOOTSTRAP": address, "GOTRACEBACK": "all"},
                         timeout_s=timeout_s + os.cpu_count(), check=False)


def run_own_suite(address, timeout_s, options, environment):
    """Runs franz-go's own tests likewise, in the folder that they lie in: some read its sources."""
    folder = _run_go(["list", "-f", "{{.Dir}}", OWN_SUITE]).strip()
    return processes.run(
        [build_own_suite(), "-test.v", f"-test.timeout={timeout_s}s", *options], cwd=folder,
        env={"KGO_SEEDS": address, **environment}, timeout_s=timeout_s + os.cpu_count(),
        check=False)

"""The Go client of tests/tools/franz-go: found Go, or the one that scripts/setup fetched."""
import os
import shutil

from support import CACHE, ROOT, processes

MODULE = ROOT / "tests" / "tools" / "franz-go"
_BUILD_S = 600


def _go():
    fetched = CACHE / "go" / "bin" / "go"
    found = str(fetched) if fetched.exists() else shutil.which("go")
    if not found:
        raise AssertionError("there is no Go: run scripts/setup test")
    return found


def build(fetch=False):
    """The test program, compiled if its sources have changed; the network only with `fetch`."""
    return _compile(["test", "-c", "-vet=off"], ".", CACHE / "franz-go" / "franz-go.test", fetch)


def build_command(name):
    """A program of the module, of the folder `name`."""
    return _compile(["build"], f"./{name}", CACHE / "franz-go" / name, fetch=False)


def _compile(how, package, program, fetch):
    environment = {"GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw",
                   "GOMODCACHE": CACHE / "go-modules", "GOCACHE": CACHE / "go-build"}
    if not fetch:
        environment["GOPROXY"] = "off"
    program.parent.mkdir(parents=True, exist_ok=True)
    processes.run([_go(), *how, "-o", program, package], cwd=MODULE, env=environment,
                  timeout_s=_BUILD_S)
    return program


def run(address, timeout_s):
    """Runs all tests against the log at `address`: the CompletedProcess of `go test -v`."""
    return processes.run([build(), "-test.v", f"-test.timeout={timeout_s}s"], cwd=MODULE,
                         env={"KAFKA_BOOTSTRAP": address, "GOTRACEBACK": "all"},
                         timeout_s=timeout_s + os.cpu_count(), check=False)

"""Java programs of the tests: jars that are fetched once, sources that are compiled when needed.

A project is a folder tests/tools/NAME: its pom.xml pins what is wanted, jars.sha256 pins every jar
that comes with it. The jars lie in .cache/java/NAME.
"""
import fcntl
import hashlib
import pathlib
import shutil

from support import CACHE, ROOT, processes

_FETCH_S = 600
_COMPILE_S = 300


def jars(project):
    """The folder with every jar of the project, fetched from Maven Central the first time."""
    source = ROOT / "tests" / "tools" / project
    wanted = (source / "jars.sha256").read_text()
    folder = CACHE / "java" / project
    complete = folder / "jars.sha256"
    if complete.exists() and complete.read_text() == wanted:
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f"{project}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (complete.exists() and complete.read_text() == wanted):
            shutil.rmtree(folder, ignore_errors=True)
            processes.run(["mvn", "-q", "-B", "-f", source / "pom.xml",
                           "dependency:copy-dependencies", f"-DoutputDirectory={folder}",
                           "-DincludeScope=runtime"], timeout_s=_FETCH_S)
            _check(project, checksums(folder), wanted)
            complete.write_text(wanted)
    return folder


def checksums(folder):
    """The lines of jars.sha256 for the jars in a folder."""
    return "".join(f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n"
                   for jar in sorted(folder.glob("*.jar")))


def _check(project, found, wanted):
    if found != wanted:
        different = sorted(set(found.splitlines()) ^ set(wanted.splitlines()))
        raise AssertionError(f"the jars of tests/tools/{project} are not those of its jars.sha256:"
                             "\n" + "\n".join(different))


def compile(sources, jars_folder, to):
    """Compiles sources against jars: the class path with both."""
    path = f"{to}:{jars_folder}/*"
    pathlib.Path(to).mkdir(parents=True, exist_ok=True)
    processes.run(["javac", "-nowarn", "-d", to, "-cp", path, *sources], timeout_s=_COMPILE_S)
    return path


def command(main_class, arguments=(), class_path="", heap="256m", options=()):
    """The command that runs a class, with a start-up as short as Java allows."""
    return ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
            f"-Dlog4j2.configurationFile={ROOT / 'tests/tools/kafka-java/log4j2.properties'}",
            *options, "-cp", class_path, main_class, *arguments]

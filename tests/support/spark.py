"""Programs over Spark, which runs inside each of them, on one thread."""
from support import java

_HEAP = "512m"

# What Spark asks for on Java 17 (its launcher script would add it).
_OPENED = ["java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio",
           "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref",
           "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"]
_OPTIONS = ["-XX:+IgnoreUnrecognizedVMOptions", "-Djdk.reflect.useDirectMethodHandle=false",
            *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED)]


def compile(source, to):
    """Compiles one source: the class path with it and with Spark."""
    return java.compile([source], java.jars("spark"), to)


def command(main_class, arguments, class_path, folder):
    """The command that runs a class; what Spark leaves behind is in the folder."""
    options = [f"-Djava.io.tmpdir={folder}", *_OPTIONS]
    return java.command(main_class, arguments, class_path, heap=_HEAP, options=options)

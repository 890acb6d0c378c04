"""Every header compiles alone.

The first include of a compiled source proves it for that header, if there is nothing before it
that could have helped: no precompiled headers. All other headers are compiled here, on their own.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess

from rules import room_of, rule

_ONE_COMPILATION_S = 120
_PRECOMPILED = "cmake_pch"  # in the command of a source that is compiled with such headers


@rule
def own_header_first(tree):
    """x.cpp includes x.h before anything else; x_test.cpp too, unless it tests something wider."""
    for path in tree.sources():
        own = re.sub(r"\.cpp$", ".h", path)
        if not path.startswith("src/") or own not in tree.paths:
            continue
        first = next(tree.includes(path), None)
        if first is None or f"src/{first[1]}" != own:
            yield path, first[0] if first else 1, f'its first include is not "{own[len("src/"):]}"'


@rule
def headers_compile_alone(tree):
    """A header includes what it needs."""
    if not tree.build or not (tree.build / "compile_commands.json").is_file():
        return
    commands = {}
    for entry in json.loads((tree.build / "compile_commands.json").read_text()):
        try:
            path = str(pathlib.Path(entry["file"]).relative_to(tree.root))
        except ValueError:
            continue
        commands[path] = entry
    proven = {first[1] for path, entry in commands.items()
              if path in tree.paths and _PRECOMPILED not in entry["command"]
              for first in [next(tree.includes(path), None)] if first}
    wanted = [p for p in tree.headers() if p.startswith("src/") and p[len("src/"):] not in proven]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, fault in zip(wanted, pool.map(lambda p: _compile(tree, p, commands), wanted)):
            if fault:
                yield path, 1, f"does not compile alone: {fault}"


def _compile(tree, path, commands):
    """None, or the compiler's first complaint. A header that has not changed is not tried again."""
    same_room = sorted(p for p in commands if room_of(p) == room_of(path))
    flags = _flags(commands[same_room[0]]) if same_room else ["c++", "-std=c++23", "-Isrc"]
    stamp = tree.build / "style" / hashlib.sha256(
        "\0".join([path, *flags, *_contents(tree, path)]).encode()).hexdigest()
    if stamp.exists():
        return None
    done = subprocess.run([*flags, "-fsyntax-only", "-x", "c++", "-"],
                          input=f'#include "{path[len("src/"):]}"\n', cwd=tree.root, text=True,
                          capture_output=True, timeout=_ONE_COMPILATION_S)
    if done.returncode == 0:
        stamp.parent.mkdir(exist_ok=True)
        stamp.touch()
        return None
    return next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])


def _contents(tree, path):
    """The header and every header of ours that it reaches."""
    seen, waiting = {}, [path]
    while waiting:
        current = waiting.pop()
        if current in seen or current not in tree.paths:
            continue
        seen[current] = tree.text(current)
        waiting += [f"src/{name}" for _, name, quoted in tree.includes(current) if quoted]
    return [seen[p] for p in sorted(seen)]


def _flags(entry):
    words = shlex.split(entry["command"])
    compiler = next(i for i, word in enumerate(words) if re.search(r"(\+\+|clang|g\+\+|/cc)", word)
                    and "ccache" not in word and "=" not in word)
    kept, skip = [words[compiler]], False
    for word in words[compiler + 1:]:
        if skip:
            skip = False
        elif word in ("-o", "-c", "-MF", "-MT", "-MQ", "-include"):
            skip = True
        elif not word.startswith(("-M", "-O", "-Winvalid-pch")) and not word.endswith(".cpp"):
            kept.append(word)
    return kept

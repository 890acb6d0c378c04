"""Every header compiles alone, but for what the precompiled headers (cmake/prelude.cmake) may lend
it: that it includes those itself is seen by the names that it uses.

The first include of what was compiled proves it: of a source, or of the first of those that were
compiled as one. All other headers are compiled here, each on its own.
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

# What the precompiled headers offer, and what comes with them: the names of std:: by the header
# that has to be included for them. Those of the empty name come with any standard header.
_STANDARD = {
    "": "size_t move forward pair swap exchange hash less equal_to integral is_enum_v is_same_v "
        "underlying_type_t type_identity_t weak_ordering initializer_list nullptr_t min max ssize "
        "erase_if",
    "array": "array",
    "atomic": "atomic memory_order_relaxed",
    "bit": "endian",
    "chrono": "chrono_literals",
    "cmath": "abs",
    "condition_variable": "condition_variable condition_variable_any",
    "cstddef": "byte",
    "cstdint": "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t",
    "cstdio": "snprintf",
    "cstring": "memcpy",
    "deque": "deque",
    "expected": "expected unexpected",
    "functional": "function move_only_function",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared enable_shared_from_this",
    "mutex": "mutex lock_guard unique_lock",
    "optional": "optional nullopt",
    "ostream": "ostream",
    "random": "mt19937_64 uniform_int_distribution",
    "set": "set",
    "shared_mutex": "shared_mutex",
    "span": "span",
    "stop_token": "stop_token stop_source stop_callback",
    "string": "string to_string",
    "string_view": "string_view",
    "thread": "thread jthread",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_set",
    "variant": "variant get_if visit monostate",
    "vector": "vector",
}
_NEEDED = {name: header for header, names in _STANDARD.items() for name in names.split()}
_PARTS = {"chrono": "chrono", "ranges": "algorithm", "this_thread": "thread",
          "filesystem": "filesystem"}
# A header that brings what another is for.
_BRINGS = {"string": {"string_view"}, "condition_variable": {"mutex", "stop_token"},
           "thread": {"stop_token"}, "iostream": {"ostream"}, "fstream": {"ostream"},
           "sstream": {"ostream", "string"}, "map": {"optional"}}
_OTHERS = {r"\bfmt::": "fmt/format.h", r"\btesting::|\b(EXPECT|ASSERT)_[A-Z]+\(": "gtest/gtest.h",
           r"\bMOCK_METHOD\(": "gmock/gmock.h"}


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
def headers_include_what_they_use(tree):
    """What a header uses of the standard library it includes, itself or by a header of ours."""
    for path in tree.headers():
        if not path.startswith("src/"):
            continue
        has = _standard_includes(tree, path)
        for number, line in tree.lines(path):
            for name, header in _used(line.split("//")[0]):
                if header is None:
                    yield path, number, f"std::{name} is not among the names of this rule: add it"
                elif header not in has and not (header == "" and has):
                    yield path, number, f"{name} needs #include <{header or 'utility'}>"


@rule
def headers_compile_alone(tree):
    """A header needs nothing before it."""
    if not tree.build or not (tree.build / "compile_commands.json").is_file():
        return
    commands, proven = {}, set()
    for entry in json.loads((tree.build / "compile_commands.json").read_text()):
        sources = [path for path in _sources(tree, entry) if path in tree.paths]
        commands |= {path: entry for path in sources}
        proven |= {first[1] for path in sources[:1]
                   for first in [next(tree.includes(path), None)] if first}
    wanted = [p for p in tree.headers() if p.startswith("src/") and p[len("src/"):] not in proven]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, fault in zip(wanted, pool.map(lambda p: _compile(tree, p, commands), wanted)):
            if fault:
                yield path, 1, f"does not compile alone: {fault}"


def _sources(tree, entry):
    """The sources that were compiled as one, by their paths in the tree."""
    compiled = pathlib.Path(entry["file"])
    paths = [compiled]
    if compiled.parent.name == "Unity":
        paths = map(pathlib.Path, re.findall(r'#include "(.+)"', compiled.read_text()))
    return [str(path.relative_to(tree.root)) for path in paths if path.is_relative_to(tree.root)]


def _used(code):
    """(name, header) of what a line uses; the header is None if the name is not known."""
    for part, name in re.findall(r"\bstd::(?:(\w+)::)?(\w+)", code):
        if part in _PARTS:
            yield f"{part}::{name}", _PARTS[part]
        elif name not in _PARTS:
            yield part or name, _NEEDED.get(part or name)
    for pattern, header in _OTHERS.items():
        if re.search(pattern, code):
            yield header, header


def _standard_includes(tree, path):
    """What is not ours that the header includes, itself or by headers of ours."""
    found = set()
    for reached in _reached(tree, path):
        found |= {name for _, name, quoted in tree.includes(reached) if not quoted}
    return found.union(*(_BRINGS.get(name, set()) for name in found))


def _compile(tree, path, commands):
    """None, or the compiler's first complaint. A header that has not changed is not tried again."""
    same_room = sorted(p for p in commands if room_of(p) == room_of(path))
    flags = _flags(commands[same_room[0]]) if same_room else ["c++", "-std=c++23", "-Isrc"]
    stamp = tree.build / "style" / hashlib.sha256(
        "\0".join([path, *flags, *map(tree.text, _reached(tree, path))]).encode()).hexdigest()
    if stamp.exists():
        return None
    done = subprocess.run([*flags, "-fsyntax-only", "-x", "c++", "-"],
                          input=f'#include "{path[len("src/"):]}"\n', text=True,
                          cwd=commands[same_room[0]].get("directory") if same_room else tree.root,
                          capture_output=True, timeout=_ONE_COMPILATION_S)
    if done.returncode == 0:
        stamp.parent.mkdir(exist_ok=True)
        stamp.touch()
        return None
    return next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])


def _reached(tree, path):
    """The header and every header of ours that it reaches."""
    seen, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current not in seen and current in tree.paths:
            seen.add(current)
            waiting += [f"src/{name}" for _, name, quoted in tree.includes(current) if quoted]
    return sorted(seen)


def _flags(entry):
    words = shlex.split(entry["command"])
    compiler = next(i for i, word in enumerate(words) if re.search(r"(\+\+|clang|g\+\+|/cc)", word)
                    and "ccache" not in word and "=" not in word)
    kept, skip = [words[compiler]], False
    for word in words[compiler + 1:]:
        if skip:
            skip = False
        elif word in ("-o", "-c", "-MF", "-MT", "-MQ"):
            skip = True
        elif not word.startswith("-M"):
            kept.append(word)
    return kept

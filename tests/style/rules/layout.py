"""How text lies on the page."""
import re
import subprocess

from rules import rule

CLANG_FORMAT = "clang-format-19"
_FILES_PER_RUN = 40


@rule
def clang_format(tree):
    """C++ is laid out by clang-format 19 (`make format` does it)."""
    paths = tree.cpp()
    for start in range(0, len(paths), _FILES_PER_RUN):
        done = subprocess.run(
            [CLANG_FORMAT, "--dry-run", "--style=file", *paths[start:start + _FILES_PER_RUN]],
            cwd=tree.root, capture_output=True, text=True)
        seen = set()
        for path, line in re.findall(r"^(.+?):(\d+):\d+: warning: code should be clang-formatted",
                                     done.stderr, re.MULTILINE):
            if path not in seen:
                seen.add(path)
                yield path, int(line), "is not laid out by clang-format: run `make format`"


@rule
def plain_text(tree):
    """Lines end in \\n alone, without blanks before it; so does the file; no tabs but in make."""
    for path in tree.prose_and_code():
        text = tree.text(path)
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "does not end with a newline"
        may_have_tabs = re.search(r"(Makefile|\.go|go\.(mod|sum)|\.sql)$", path)
        for number, line in tree.lines(path):
            if line.endswith((" ", "\t", "\r")):
                yield path, number, "ends in blanks"
            if "\t" in line and not may_have_tabs:
                yield path, number, "has a tab"


@rule
def headers_open_with_a_comment(tree):
    """A header's first lines say what it is for; then comes #pragma once."""
    for path in tree.headers():
        text = tree.text(path)
        if not text.startswith("//"):
            yield path, 1, "does not open with a comment that says what it is for"
        if not re.search(r"^#pragma once$", text, re.MULTILINE):
            yield path, 1, "has no #pragma once"


@rule
def scripts_parse(tree):
    """Python and shell parse, and what is meant to be run is executable."""
    for path in tree.paths:
        first = tree.text(path).partition("\n")[0] if _may_be_script(path) else ""
        if path.endswith(".py") or first.endswith("python3"):
            try:
                compile(tree.text(path), path, "exec")
            except SyntaxError as error:
                yield path, error.lineno or 1, error.msg
        elif first.startswith("#!") and first.endswith("sh"):
            done = subprocess.run(["bash", "-n", tree.root / path], capture_output=True, text=True)
            if done.returncode:
                yield path, 1, done.stderr.strip().splitlines()[0]
        if first.startswith("#!") and not (tree.root / path).stat().st_mode & 0o100:
            yield path, 1, "starts with #! but is not executable"
        if re.match(r"tests/[^/]+/test_[^/]+$", path) and not first.startswith("#!"):
            yield path, 1, "looks like a test, but has no #! line and is never run"


def _may_be_script(path):
    return re.search(r"(^|/)[^.]+$|\.(py|sh)$|^\.ci/", path) is not None

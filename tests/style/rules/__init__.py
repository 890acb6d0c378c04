"""The rules of CONTRIBUTING.md, executable. Each is a function of a Tree that yields breaches.

A rule's name is its function's, with dashes; tests/style/test_rules.py shows that each can fail.
"""
import dataclasses
import pathlib
import re
import subprocess

RULES = {}


@dataclasses.dataclass(frozen=True, order=True)
class Breach:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def rule(function):
    """Registers `function(tree)`, which yields (path, line, message)."""
    RULES[function.__name__.replace("_", "-")] = function
    return function


class Tree:
    """The files of a working copy: what git tracks or would track, relative to `root`."""

    def __init__(self, root, paths=None, build=None):
        self.root = pathlib.Path(root)
        self.build = build  # a configured build folder, or None
        self.paths = sorted(paths if paths is not None else self._listed())
        self._texts = {}

    def _listed(self):
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"],
                                cwd=self.root, capture_output=True, text=True, check=True)
        return [p for p in listed.stdout.split("\0") if p and (self.root / p).is_file()]

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_bytes().decode(errors="replace")
        return self._texts[path]

    def lines(self, path):
        """(number, line) from 1."""
        return enumerate(self.text(path).removesuffix("\n").split("\n"), 1)

    def matching(self, pattern):
        expression = re.compile(pattern)
        return [p for p in self.paths if expression.search(p)]

    def cpp(self):
        return self.matching(r"^(src|examples|tests|bench)/.*\.(h|cpp)$")

    def headers(self):
        return [p for p in self.cpp() if p.endswith(".h")]

    def sources(self):
        return [p for p in self.cpp() if p.endswith(".cpp")]

    def prose_and_code(self):
        """Everything that people wrote: not the fuzzers' corpora, nor bytes kept for tests."""
        return [p for p in self.paths
                if re.search(r"(\.(h|cpp|py|md|cmake|txt|yaml|yml|json|sh|sql|go|xml|in)$|"
                             r"(^|/)[A-Za-z_.-]+$)", p)
                and not re.search(r"(^|/)(corpus|vectors|testdata)/", p)]

    def includes(self, path):
        """(line, text between the delimiters, quoted?) of each #include."""
        for number, line in self.lines(path):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if match:
                yield number, match.group(2), match.group(1) == '"'


def is_test(path):
    return re.search(r"_(test|fuzz|bench)\.cpp$", path) is not None or path.startswith("tests/")


def room_of(path):
    match = re.match(r"src/([a-z0-9_]+)/", path)
    return match.group(1) if match else None


def names():
    _load()
    return sorted(RULES)


def meaning(name):
    """A rule in a sentence: the first line of its documentation."""
    return RULES[name].__doc__.strip().splitlines()[0]


def check(tree, chosen=None):
    """Every breach of every rule (or of those chosen), in order."""
    _load()
    return sorted(Breach(path, line, name, message)
                  for name, function in RULES.items() if chosen is None or name in chosen
                  for path, line, message in function(tree))


def _load():
    from rules import arrows, dead, headers, layout, sizes, words  # noqa: F401 (they register)

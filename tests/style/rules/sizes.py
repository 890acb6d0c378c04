"""Sizes beyond which a file, function, line or folder is doing more than one thing."""
import collections
import re

from rules import rule

HEADER_LINES = 250
SOURCE_LINES = 500
FUNCTION_LINES = 70
LINE_COLUMNS = 100
FOLDER_FILES = 40


@rule
def file_size(tree):
    """A header has at most 250 lines, a source (C++, Python, Go) 500."""
    for path in tree.cpp() + tree.matching(r"\.(py|go)$"):
        limit = HEADER_LINES if path.endswith(".h") else SOURCE_LINES
        count = len(tree.text(path).splitlines())
        if count > limit:
            yield path, count, f"{count} lines; {limit} is the most"


@rule
def line_length(tree):
    """A line of code has at most 100 columns."""
    for path in tree.cpp() + tree.matching(r"(\.(py|cmake|sh)|CMakeLists\.txt)$"):
        for number, line in tree.lines(path):
            if len(line) > LINE_COLUMNS and "://" not in line:
                yield path, number, f"{len(line)} columns; {LINE_COLUMNS} is the most"


@rule
def folder_size(tree):
    """A folder holds at most 40 files; corpora and vectors are data, and may."""
    folders = collections.Counter(p.rpartition("/")[0] for p in tree.paths)
    for folder, count in folders.items():
        if count > FOLDER_FILES and not re.search(r"(^|/)(corpus|vectors|testdata)(/|$)", folder):
            yield folder, 1, f"{count} files; {FOLDER_FILES} is the most"


@rule
def function_size(tree):
    """A function has at most 70 lines."""
    for path in tree.cpp():
        for name, first, last in functions(tree.text(path)):
            if last - first + 1 > FUNCTION_LINES:
                yield path, first, (f"{name} has {last - first + 1} lines; "
                                    f"{FUNCTION_LINES} is the most")


_TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)


def without_comments_and_strings(text):
    """The same text with those replaced by blanks: positions and lines stay."""
    return _TOKENS.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def functions(text):
    """(name, first line, last line) of every function, from braces and what stands before them."""
    code = without_comments_and_strings(text)
    stack = []          # kind of each open brace: "scope", "function" or "other"
    head_start = 0      # where the declaration that a brace may open begins
    current = None
    for match in re.finditer(r"[{};]", code):
        at, symbol = match.start(), match.group()
        if symbol == "{":
            head = code[head_start:at]
            kind = "other"
            if all(k == "scope" for k in stack):
                kind = _kind(head)
                if kind == "function":
                    first = head_start + len(head) - len(head.lstrip())
                    current = (_name(head), code.count("\n", 0, first) + 1)
            stack.append(kind)
        elif symbol == "}" and stack:
            if stack.pop() == "function":
                yield current[0], current[1], code.count("\n", 0, at) + 1
        if all(k == "scope" for k in stack):
            head_start = at + 1


def _kind(head):
    words = re.sub(r"template\s*<[^{}]*?>\s*(?=\w)|\[\[.*?\]\]|alignas\([^)]*\)", " ", head)
    words = re.sub(r"\b(public|private|protected)\s*:", " ", words).strip()
    if re.match(r"(inline\s+)?namespace\b|extern\b\s*$", words):
        return "scope"
    if re.match(r"(class|struct|union)\b[^()=]*$", words):
        return "scope"
    if re.match(r"(class|struct|union)\b", words) and not re.search(r"\)\s*\w*\s*$", words):
        return "scope"
    if words.startswith("enum") or words.endswith("=") or "(" not in words:
        return "other"
    return "function"


def _name(head):
    declaration = re.sub(r"template\s*<[^()]*?>|requires\s*\(.*?\)\s", "", head)
    match = re.search(r"([~\w:]+(?:\s*<[^()]*>)?)\s*\(", declaration)
    if match and re.fullmatch(r"TEST\w*", match.group(1)):
        arguments = re.search(r"\(([^)]*)\)", head)
        return f"{match.group(1)}({arguments.group(1).strip()})" if arguments else match.group(1)
    return match.group(1) if match else "a function"

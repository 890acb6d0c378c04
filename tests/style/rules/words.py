"""Words and names that do not belong in the tree."""
import re

from rules import is_test, rule

# The rules spell out what they forbid, and their tests give examples of it.
_OWN = ("tests/style/",)

FORBIDDEN = [
    (r"\b(TODO|FIXME|XXX|HACK)\b", "finish it, or leave it out"),
    (r"(?<![\w.$}/-])/(work|root|home)/\w", "a path of one machine"),
]


@rule
def forbidden_words(tree):
    """No unfinished business, no path of one machine."""
    for path in tree.prose_and_code():
        if path.startswith(_OWN):
            continue
        for number, line in tree.lines(path):
            for pattern, why in FORBIDDEN:
                match = re.search(pattern, line)
                if match:
                    yield path, number, f"{match.group().strip()}: {why}"


@rule
def no_address_elsewhere(tree):
    """Scripts and settings name packages, not hosts: the tool that fetches knows where they are."""
    elsewhere = r"\bhttps?://(?!127\.|localhost\b)[\w-]+\.[\w.-]+"
    for path in tree.prose_and_code():
        # Sources and pages may say where a fact was published.
        if path.startswith(_OWN) or re.search(r"\.(h|cpp|md)$|^LICENSE$", path):
            continue
        for number, line in tree.lines(path):
            # The name of an XML dialect looks like an address, and nothing is fetched from it.
            match = re.search(elsewhere, re.sub(r'\bxmlns(:\w+)?="[^"]*"', "", line))
            if match:
                yield path, number, f"{match.group()} is an address outside of this machine"


@rule
def no_sleep_in_tests(tree):
    """A test waits for a condition with a deadline, never for time to pass."""
    for path in tree.paths:
        if not re.search(r"\.(cpp|py|sh)$|^tests/[^/]+/test_", path) or not is_test(path):
            continue
        if path == "tests/support/waiting.py" or path.startswith(_OWN):
            continue
        for number, line in tree.lines(path):
            match = re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep|time\.sleep)\b|"
                              r"(?<![\w-])sleep\(", line)
            if match:
                yield path, number, f"{match.group()}: wait for a condition with a deadline"


@rule
def vague_names(tree):
    """No file, type or folder is called manager, helper or util: say what it does."""
    vague = re.compile(r"(manager|helper|utils?)(?![a-z])", re.IGNORECASE)
    for path in tree.paths:
        if vague.search(path):
            yield path, 1, "says nothing: name it by what it does"
    for path in tree.cpp():
        for number, line in tree.lines(path):
            match = re.match(r"\s*(?:class|struct|namespace)\s+(?:\[\[\w+\]\]\s*)?(\w+)", line)
            if match and vague.search(match.group(1)):
                yield path, number, f"{match.group(1)} says nothing: name it by what it does"


_CODE_AT_START = re.compile(
    r"(#include\b|(if|for|while|switch|else)\b.*[({]\s*$|(return|auto|const|delete|throw)\b.*;$|"
    r"([\w:<>]+[*&]? )?[\w:.>*&<\[\]-]+\s*(=|\+=|-=)\s*[^=].*;$|[\w:.>-]+\(.*\)\s*[;{]$|[{}]$)")
_CODE_IN_PYTHON = re.compile(
    r"(import \w|from \w+ import|return\b.*[)\]\"'\d]$|(if|for|while|def|class)\b.*:$|"
    r"[\w.]+\(.*\)$|[\w.]+ = .*[)\]\"'\d]$)")


@rule
def commented_out_code(tree):
    """A comment is prose; code that is not needed is removed: git remembers it."""
    for path in tree.cpp() + tree.matching(r"\.py$"):
        marker, code = ("#", _CODE_IN_PYTHON) if path.endswith(".py") else ("//", _CODE_AT_START)
        for number, line in tree.lines(path):
            text = line.strip()
            # An example in a comment is indented further than one blank, and so is left alone.
            match = re.match(re.escape(marker) + r" ?(\S.*)$", text)
            if match and code.match(match.group(1)):
                yield path, number, "looks like code in a comment"

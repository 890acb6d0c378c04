"""Files that nothing uses, and files that are made by something else."""
import re

from rules import arrows, room_of, rule

GENERATED = (r"(^|/)(build|node_modules|__pycache__|\.cache)/|\.(o|a|so|pyc|class|jar|whl|log|orig|"
             r"rej|swp)$|(^|/)(compile_commands\.json|CMakeCache\.txt)$")
LARGEST_BYTES = 1_000_000


@rule
def sources_belong_to_a_room(tree):
    """Every source below src/ lies in a room of src/CMakeLists.txt, so that it is compiled."""
    rooms = arrows.arrows(tree)
    for path in tree.sources():
        if path.startswith("src/") and room_of(path) not in rooms:
            yield path, 1, "is in no room of src/CMakeLists.txt: nothing compiles it"


@rule
def headers_are_used(tree):
    """A header is included by something besides the source and tests that bear its name."""
    includers = {}
    for path in tree.cpp():
        for _, name, quoted in tree.includes(path):
            if quoted:
                includers.setdefault(f"src/{name}", set()).add(path)
    for made in sorted((tree.build / "generated").rglob("*")) if tree.build else []:
        if made.suffix in (".h", ".inc", ".cpp"):
            for name in re.findall(r'#include "([^"]+)"', made.read_text(errors="replace")):
                includers.setdefault(f"src/{name}", set()).add(made.name)
    for path in tree.headers():
        if not path.startswith("src/"):
            continue
        stem = path[:-len(".h")]
        own = {path} | {f"{stem}{end}.cpp" for end in ("", "_test", "_fuzz", "_bench")}
        if not includers.get(path, set()) - own:
            yield path, 1, "nothing includes it but its own source and tests"


@rule
def scripts_are_used(tree):
    """Every file in scripts/ and tests/support/ is named by another file."""
    for path in tree.matching(r"^(scripts|tests/support|tests/style/rules|cmake)/"):
        stem = re.sub(r"\.(py|sh|cmake)$", "", path.rpartition("/")[2])
        if stem == "__init__":
            continue
        name = re.compile(rf"\b{re.escape(stem)}\b")
        if not any(name.search(tree.text(other)) for other in tree.paths
                   if other != path and _text(other)):
            yield path, 1, "no other file names it"


@rule
def links_lead_somewhere(tree):
    """A relative link in a document leads to a file or folder of the tree."""
    for path in tree.matching(r"\.md$"):
        for number, line in tree.lines(path):
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if "://" not in target and not (tree.root / path).parent.joinpath(target).exists():
                    yield path, number, f"leads nowhere: {target}"


@rule
def generated_files_stay_out(tree):
    """What a build or a tool makes is not kept in git, nor anything above a megabyte."""
    for path in tree.paths:
        if re.search(GENERATED, path):
            yield path, 1, "is made by a tool: add it to .gitignore"
        elif (tree.root / path).stat().st_size > LARGEST_BYTES:
            yield path, 1, f"has more than {LARGEST_BYTES} bytes"


def _text(path):
    return re.search(r"\.(h|cpp|py|md|cmake|txt|json|ya?ml|sh)$|(^|/)[^.]+$|^\.ci/", path)

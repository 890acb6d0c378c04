"""Which room may include which, and through which door an outside library comes in."""
import re

from rules import is_test, room_of, rule

TABLE = "src/CMakeLists.txt"
EVERYWHERE = {"base"}

# An outside library's headers -> the only folders that may include them.
DOORS = [
    (r"duckdb\.h", ["src/sql/"]),
    (r"sqlite3\.h", ["src/catalog/", "src/views/"]),
    (r"librdkafka/.*", ["src/client/"]),
    (r"boost/asio.*", ["src/broker/"]),
    (r"boost/.*", ["src/broker/"]),
    (r"re2/.*", ["src/broker/"]),
    (r"httplib\.h", ["src/http/", "src/cli/"]),
    (r"libpq.*|libpq-fe\.h|postgresql/.*", ["src/sources/kinds/postgres/", "examples/"]),
    (r"yaml-cpp/.*", ["src/app/"]),
    (r"CLI/.*", ["src/cli/command_line.cpp", "examples/"]),
    (r"isa-l.*|isa-l/.*|crc\.h", ["src/base/"]),
    (r"(zstd|lz4|lz4frame|snappy|snappy-c|zlib)\.h", ["src/wire/"]),
]

# The operating system's files: io's alone. Tests may look at what was written.
# std::filesystem::path is text; what asks the disk is not.
FILE_HEADERS = r"(fcntl\.h|sys/(stat|file|mman|statvfs)\.h|fstream)$"
FILE_CALLS = (r"(?<![\w.>:])(?:::|std::)?(fopen|freopen|fsync|fdatasync|ftruncate|pwritev?|preadv?|"
              r"mkdir|unlink)(?=\()|filesystem::(?!path\b)\w+")
FILE_ROOMS = ["src/io/", "examples/", "bench/"]


def arrows(tree):
    """room -> the rooms that its line in the table names."""
    found = {}
    text = re.sub(r"#.*", "", tree.text(TABLE)) if TABLE in tree.paths else ""
    for body in re.findall(r"daybook_room\(([^)]*)\)", text):
        words = body.split()
        depends, keyword = [], None
        for word in words[1:]:
            if word in ("DEPENDS", "LINKS"):
                keyword = word
            elif keyword == "DEPENDS":
                depends.append(word)
        found[words[0]] = depends
    return found


@rule
def room_arrows(tree):
    """A room includes itself, base, and the rooms that its line in src/CMakeLists.txt names."""
    allowed = arrows(tree)
    for path in tree.cpp():
        room = room_of(path)
        if room not in allowed:
            continue
        for line, name, quoted in tree.includes(path):
            other = name.split("/")[0]
            if not quoted or other == room or other in EVERYWHERE or other not in allowed:
                continue
            if other not in allowed[room]:
                yield path, line, (f"{room} may not include {other}: {TABLE} allows "
                                   f"{', '.join(allowed[room]) or 'base only'}")


@rule
def room_arrows_point_one_way(tree):
    """The table of rooms has no cycle: each room names only rooms above it."""
    seen = set()
    for room, depends in arrows(tree).items():
        for other in depends:
            if other not in seen:
                yield TABLE, 1, f"{room} depends on {other}, which is not declared above it"
        seen.add(room)


@rule
def include_paths(tree):
    """An include in quotes is "room/file.h" and is there; a build folder may have generated it."""
    generated = tree.build / "generated" if tree.build else None
    for path in tree.cpp():
        if not path.startswith("src/"):
            continue
        for line, name, quoted in tree.includes(path):
            if not quoted or f"src/{name}" in tree.paths:
                continue
            if generated and (generated / name).is_file():
                continue
            yield path, line, f'"{name}" is not a file below src/; outside headers take <>'


@rule
def one_door_per_library(tree):
    """Each outside library is included in its own room only."""
    for path in tree.cpp():
        for line, name, _ in tree.includes(path):
            for pattern, folders in DOORS:
                if re.fullmatch(pattern, name):
                    if not path.startswith(tuple(folders)):
                        yield path, line, f"<{name}> belongs to {', '.join(folders)}"
                    break


@rule
def files_through_io(tree):
    """Files are opened, written and synced by io alone, so that tests can make the disk fail."""
    for path in tree.cpp():
        if is_test(path) or path.startswith(tuple(FILE_ROOMS)):
            continue
        for line, name, _ in tree.includes(path):
            if re.match(FILE_HEADERS, name):
                yield path, line, f"<{name}>: use io/file_system.h"
        for line, text in tree.lines(path):
            call = re.search(FILE_CALLS, text.split("//")[0])
            if call:
                yield path, line, f"{call.group()}(): use io/file_system.h"

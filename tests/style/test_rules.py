#!/usr/bin/env python3
"""Each rule of the style test is seen to fail on a bad sample, and to pass on a good one."""
import json
import pathlib
import shutil
import tempfile
import unittest

import rules
from support import ROOT, cases

TABLE = """
daybook_room(base LINKS fmt::fmt)
daybook_room(io DEPENDS base)   # daybook_room(none DEPENDS log)
daybook_room(log
             DEPENDS io
             LINKS x::y)
"""
HEADER = "// What it is for.\n\n#pragma once\n"


def long_function(lines):
    body = "\n".join("  step();" for _ in range(lines - 2))
    return f"namespace a {{\nint f(int x) {{\n{body}\n}}\n}}  // namespace a\n"


# rule -> [(files of a tree that breaks it, file that the breach names)]
BAD = {
    "room-arrows": [
        ({"src/io/a.cpp": '#include "log/b.h"\n', "src/log/b.h": HEADER}, "src/io/a.cpp"),
    ],
    "room-arrows-point-one-way": [
        ({"src/CMakeLists.txt": "daybook_room(io DEPENDS log)\ndaybook_room(log DEPENDS io)\n"},
         "src/CMakeLists.txt"),
    ],
    "include-paths": [
        ({"src/io/a.cpp": '#include "b.h"\n', "src/io/b.h": HEADER}, "src/io/a.cpp"),
    ],
    "one-door-per-library": [
        ({"src/log/a.cpp": "#include <sqlite3.h>\n"}, "src/log/a.cpp"),
        ({"src/flow/a.cpp": "#include <duckdb.h>\n"}, "src/flow/a.cpp"),
        ({"src/sources/a.cpp": "#include <librdkafka/rdkafka.h>\n"}, "src/sources/a.cpp"),
        ({"src/http/a.cpp": "#include <boost/asio/ip/tcp.hpp>\n"}, "src/http/a.cpp"),
        ({"src/sources/kinds/mysql/a.cpp": "#include <libpq-fe.h>\n"},
         "src/sources/kinds/mysql/a.cpp"),
    ],
    "files-through-io": [
        ({"src/log/a.cpp": "#include <fstream>\n"}, "src/log/a.cpp"),
        ({"src/log/a.cpp": "void f() { ::fsync(3); }\n"}, "src/log/a.cpp"),
        ({"src/log/a.cpp": "auto n = std::filesystem::file_size(p);\n"}, "src/log/a.cpp"),
    ],
    "file-size": [
        ({"src/log/a.h": HEADER + "int x;\n" * 250}, "src/log/a.h"),
        ({"src/log/a.cpp": "int x;\n" * 501}, "src/log/a.cpp"),
        ({"tests/support/a.py": "x = 1\n" * 501}, "tests/support/a.py"),
    ],
    "line-length": [
        ({"src/log/a.cpp": "int " + "x" * 97 + ";\n"}, "src/log/a.cpp"),
    ],
    "folder-size": [
        ({f"src/log/f{n}.cpp": "" for n in range(41)}, "src/log"),
    ],
    "function-size": [
        ({"src/log/a.cpp": long_function(71)}, "src/log/a.cpp"),
        ({"src/log/a_test.cpp": "TEST(A, B) {\n" + "  x();\n" * 70 + "}\n"}, "src/log/a_test.cpp"),
        ({"src/log/a.h": HEADER + "class A : B {\n public:\n  A() : b_{1}, c_(2) {\n"
          + "    x();\n" * 70 + "  }\n};\n"}, "src/log/a.h"),
    ],
    "clang-format": [
        ({"src/log/a.cpp": "int  x ;\n", ".clang-format": "BasedOnStyle: Google\n"},
         "src/log/a.cpp"),
    ],
    "plain-text": [
        ({"src/log/a.cpp": "int x;  \n"}, "src/log/a.cpp"),
        ({"src/log/a.cpp": "int x;"}, "src/log/a.cpp"),
        ({"src/log/a.cpp": "\tint x;\n"}, "src/log/a.cpp"),
        ({"README.md": "words\r\n"}, "README.md"),
    ],
    "headers-open-with-a-comment": [
        ({"src/log/a.h": "#pragma once\n"}, "src/log/a.h"),
        ({"src/log/a.h": "// Once.\nint x;\n"}, "src/log/a.h"),
    ],
    "scripts-parse": [
        ({"tests/support/a.py": "def f(:\n"}, "tests/support/a.py"),
        ({"scripts/a": "#!/bin/bash\nif true; then\n"}, "scripts/a"),
        ({"scripts/a": "#!/bin/sh\ntrue\n"}, "scripts/a"),
        ({"tests/clients/test_a.py": "x = 1\n"}, "tests/clients/test_a.py"),
    ],
    "forbidden-words": [
        ({"src/log/a.cpp": "// TODO: later\n"}, "src/log/a.cpp"),
        ({"docs/a.md": "See /home/me/notes.\n"}, "docs/a.md"),
    ],
    "no-address-elsewhere": [
        ({"scripts/a": "curl https://example.org/tool\n"}, "scripts/a"),
        ({"docs/a.svg": '<svg xmlns="http://example.org/svg" href="http://example.org/a"/>\n'},
         "docs/a.svg"),
    ],
    "no-sleep-in-tests": [
        ({"src/log/a_test.cpp": "std::this_thread::sleep_for(1s);\n"}, "src/log/a_test.cpp"),
        ({"tests/clients/test_a.py": "time.sleep(1)\n"}, "tests/clients/test_a.py"),
    ],
    "vague-names": [
        ({"src/log/log_manager.h": HEADER}, "src/log/log_manager.h"),
        ({"src/base/utils/a.h": HEADER}, "src/base/utils/a.h"),
        ({"src/log/a.h": HEADER + "class SegmentHelper {};\n"}, "src/log/a.h"),
    ],
    "commented-out-code": [
        ({"src/log/a.cpp": "// sync(file);\n"}, "src/log/a.cpp"),
        ({"src/log/a.cpp": "  // if (ready) {\n"}, "src/log/a.cpp"),
        ({"src/log/a.cpp": "  // int x = size + 1;\n"}, "src/log/a.cpp"),
        ({"tests/support/a.py": "# print(x)\n"}, "tests/support/a.py"),
    ],
    "sources-belong-to-a-room": [
        ({"src/attic/a.cpp": "int x;\n"}, "src/attic/a.cpp"),
    ],
    "headers-are-used": [
        ({"src/log/a.h": HEADER, "src/log/a.cpp": '#include "log/a.h"\n',
          "src/log/a_test.cpp": '#include "log/a.h"\n'}, "src/log/a.h"),
    ],
    "scripts-are-used": [
        ({"scripts/forgotten": "#!/bin/sh\n"}, "scripts/forgotten"),
    ],
    "links-lead-somewhere": [
        ({"docs/a.md": "[b](b.md)\n"}, "docs/a.md"),
    ],
    "generated-files-stay-out": [
        ({"src/log/a.o": ""}, "src/log/a.o"),
        ({"docs/picture.txt": "x" * 1_000_001}, "docs/picture.txt"),
    ],
    "own-header-first": [
        ({"src/log/a.h": HEADER, "src/log/a.cpp": '#include <vector>\n#include "log/a.h"\n'},
         "src/log/a.cpp"),
    ],
    "headers-include-what-they-use": [
        ({"src/log/a.h": HEADER + "inline std::string s;\n"}, "src/log/a.h"),
        ({"src/log/a.h": HEADER + "#include <string>\ninline std::unheard_of s;\n"},
         "src/log/a.h"),
        ({"src/log/a.h": HEADER + "inline std::chrono::seconds s;\n",
          "src/log/a.cpp": '#include "log/a.h"\n\n#include <chrono>\n'}, "src/log/a.h"),
    ],
    "headers-compile-alone": [
        ({"src/log/a.h": HEADER + "inline Bytes s;\n",
          "src/log/bytes.h": HEADER + "using Bytes = char*;\n",
          "src/log/b.cpp": '#include "log/bytes.h"\n#include "log/a.h"\n'}, "src/log/a.h"),
    ],
}

GOOD = {
    "src/CMakeLists.txt": TABLE,
    "src/base/bytes.h": HEADER + "inline int size = 1;\n",
    "src/io/file.h": HEADER + '#include "base/bytes.h"\n',
    "src/io/file.cpp": '#include "io/file.h"\n\n#include <fcntl.h>\n',
    "src/log/log.h": HEADER + "// Reads; then writes\n//   sync(file);\n// to the end;\n",
    "src/log/log.cpp": '#include "log/log.h"\n\n#include "io/file.h"\n\n' + long_function(70),
    "src/log/log_test.cpp": '#include "log/log.h"\n\n#include <fstream>\n',
    "src/log/reader.cpp": '#include "log/log.h"\n\nstd::filesystem::path p;\n',
    "src/log/corpus/log_fuzz/made": "TODO \t /home/me \n",
    "docs/a.md": "[the log](../src/log/log.h), [a page](https://example.org)\n",
    "tests/support/waiting.py": "import time\n\ntime.sleep(1)\n# A sentence about it.\n",
    "tests/clients/test_a.py": "#!/usr/bin/env python3\nfrom support import waiting\n",
}


class Sample:
    """A small tree on disk, with a compilation database for its sources."""

    def __init__(self, files):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="daybook-style-"))
        files = {"src/CMakeLists.txt": TABLE, ".clang-format": (ROOT / ".clang-format").read_text(),
                 **files}
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            if text.startswith("#!") and path.startswith("tests/"):
                target.chmod(0o755)
        build = self.root / "build"
        build.mkdir()
        (build / "compile_commands.json").write_text(json.dumps([
            {"file": str(self.root / path), "directory": str(self.root),
             "command": f"g++ -std=c++23 -Isrc -c {path}"}
            for path in files if path.endswith(".cpp") and path.startswith("src/")]))
        self.tree = rules.Tree(self.root, files.keys(), build)

    def __enter__(self):
        return self.tree

    def __exit__(self, *_):
        shutil.rmtree(self.root)


class Rules(unittest.TestCase):
    def test_every_rule_has_a_bad_sample(self):
        self.assertEqual(sorted(BAD), rules.names())

    def test_each_rule_fails_on_each_of_its_bad_samples_and_names_the_file(self):
        for name, samples in BAD.items():
            for files, path in samples:
                with self.subTest(rule=name, files=list(files)), Sample(files) as tree:
                    breaches = rules.check(tree, {name})
                    self.assertEqual([b.path for b in breaches][:1], [path])
                    self.assertIn(name, str(breaches[0]))
                    self.assertGreater(breaches[0].line, 0)

    def test_every_rule_passes_on_a_good_tree(self):
        with Sample(GOOD) as tree:
            self.assertEqual([str(b) for b in rules.check(tree)], [])

    def test_a_breach_names_the_line(self):
        with Sample({"src/io/a.cpp": '\n\n#include "log/b.h"\n', "src/log/b.h": HEADER}) as tree:
            self.assertEqual(rules.check(tree, {"room-arrows"})[0].line, 3)

    def test_braces_in_strings_comments_and_tables_do_not_count_as_functions(self):
        from rules import sizes
        text = ("namespace a {\n"
                "constexpr int kTable[] = {\n" + "  1,\n" * 90 + "};\n"
                "// void f() {\n"
                'const char* s = "g() {"; const char* r = R"(h() { ) {)";\n'
                "struct S {\n  int f() const { return 1; }\n};\n"
                "template <class T>\n  requires(sizeof(T) > 1)\n"
                "auto g(T t) -> int {\n  return 1;\n}\n"
                "}  // namespace a\n")
        self.assertEqual([(name, last - first + 1)
                          for name, first, last in sizes.functions(text)], [("f", 1), ("g", 5)])


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""What the README tells a newcomer to type works, and its application file is a valid one."""
# time limit: 180 s
import re
import unittest

from support import ROOT, cases, daybook, processes, scratch

README = (ROOT / "README.md").read_text()


def commands():
    """The indented lines below "Try it" that can be typed as they are."""
    section = README.partition("## Try it")[2].partition("```")[0]
    return [line.strip() for line in section.splitlines() if line.startswith("    ")]


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("readme"))

    def test_the_commands_to_try_do_what_they_say(self):
        lines = commands()
        self.assertEqual(lines[0], "build/release/daybook serve --data ./data &")
        printed = ""
        with daybook.serve(self.folder / "data") as server:
            for line in lines[1:]:
                line = line.replace("build/release/daybook", str(daybook.BINARY))
                line = line.replace("127.0.0.1:9092", server.kafka)
                printed += processes.run(["bash", "-c", line],
                                         env={"DAYBOOK_BOOTSTRAP": server.kafka}).stdout
        self.assertIn('{"amount": 12.5}', printed)
        self.assertIn('topic "payments" with 1 partitions', printed)

    def test_its_application_file_is_valid(self):
        app = self.folder / "app.yaml"
        app.write_text(re.search(r"```yaml\n(.*?)```", README, re.DOTALL).group(1))
        daybook.run(["validate", app], env={"BANK_DSN": "host=127.0.0.1"})

    def test_it_names_the_versions_of_the_clients_that_the_tests_run(self):
        for path, pattern in (
                ("tests/tools/kafka-java/pom.xml", r"<kafka.version>(.+)<"),
                ("tests/tools/franz-go/go.mod", r"twmb/franz-go v(\S+)"),
                ("tests/tools/franz-go/go.mod", r"IBM/sarama v(\S+)"),
                ("tests/tools/franz-go/go.mod", r"segmentio/kafka-go v(\S+)"),
                ("tests/tools/debezium/pom.xml", r"<version>(.+)\.Final<"),
                ("tests/tools/node/package.json", r'"kafkajs": "(.+?)"'),
                ("tests/tools/python/requirements.txt", r"confluent-kafka==(\S+)"),
                ("tests/tools/python/requirements.txt", r"kafka-python==(\S+)"),
                ("tests/tools/python/requirements.txt", r"aiokafka==(\S+)")):
            version = re.search(pattern, (ROOT / path).read_text()).group(1)
            self.assertIn(f"| {version} |", README)


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""The command line as scripts use it: help, statuses, JSON, and clear messages for bad input."""
# time limit: 300 s
import json
import os
import pty
import signal
import socket
import subprocess
import unittest

from support import BUILD, cases, daybook, processes, scratch, waiting

COMMANDS = (["serve"], ["up"], ["run"], ["validate"], ["topic"], ["topic", "list"],
            ["topic", "create"], ["topic", "describe"], ["topic", "configure"],
            ["topic", "delete"], ["produce"],
            ["consume"], ["group"], ["group", "list"], ["group", "describe"], ["group", "reset"],
            ["group", "delete"], ["status"], ["view"], ["view", "list"], ["view", "show"],
            ["view", "query"],
            ["view", "explain"], ["view", "rebuild"], ["view", "diff"], ["view", "swap"],
            ["view", "rollback"], ["view", "drop"],
            ["version"])
NOWHERE = "127.0.0.1:1"


def run(*arguments, **options):
    return daybook.run(arguments, check=False, **options)


class Usage(unittest.TestCase):
    def test_every_command_explains_itself_by_example(self):
        for command in COMMANDS:
            done = run(*command, "--help")
            self.assertEqual(done.returncode, 0, command)
            self.assertIn("Example", done.stdout, command)
            self.assertIn("daybook " + command[0], done.stdout, command)
            self.assertEqual(done.stderr, "", command)
            self.assertTrue(done.stdout.endswith("\n"), command)

    def test_help_lists_every_group_of_commands(self):
        done = run("--help")
        for command in COMMANDS:
            self.assertIn(f"\n  {command[0]} ", done.stdout)

    def test_wrong_usage_is_status_2_and_one_line(self):
        for arguments in (["frobnicate"], ["topic"], ["topic", "create"], ["produce"],
                          ["consume", "t", "--from", "yesterday"], ["consume", "t", "--max", "0"],
                          ["consume", "t", "--group", "g", "--from", "12"],
                          ["topic", "create", "a b"],
                          ["topic", "create", "t", "--partitions", "0"],
                          ["topic", "create", "t", "--config", "novalue"],
                          ["group", "reset", "g"], ["group", "reset", "g", "--to", "yesterday"],
                          ["group", "reset", "g", "--to", "end", "--partition", "1"],
                          ["group", "delete"],
                          ["serve", "--data", "d", "--offsets-retention", "0ms"],
                          ["serve", "--data", "d", "--config", "novalue"],
                          ["topic", "configure", "t"], ["topic", "configure", "--config", "a=b"],
                          ["topic", "configure", "t", "--config", "novalue"],
                          ["view", "query", "v"],
                          ["view", "query", "v", "--key", "1", "--sql", "x"],
                          ["serve", "--data", "d", "--kafka", "nowhere"],
                          ["produce", "t", "--header", "novalue"],
                          ["version", "--jsno"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, f"{arguments}: {done.stderr}")
            self.assertEqual(done.stdout, "", arguments)
            self.assertRegex(done.stderr, r"^daybook: [^\n]+\n$", arguments)

    def test_a_misspelt_word_is_answered_with_the_one_that_was_meant(self):
        self.assertIn('did you mean "topic"?', run("toipc", "list").stderr)
        self.assertIn('did you mean "create"?', run("topic", "craete", "x").stderr)
        self.assertIn('did you mean "--data"?', run("serve", "--dtaa", "x").stderr)

    def test_no_command_shows_the_help_and_is_wrong_usage(self):
        done = run()
        self.assertEqual(done.returncode, 2)
        self.assertIn("First steps", done.stderr)

    def test_version_names_the_build(self):
        facts = json.loads(run("version", "--json").stdout)
        self.assertEqual(sorted(facts), ["build", "commit", "compiler", "libraries", "version"])
        self.assertIn("librdkafka", facts["libraries"])
        self.assertIn(facts["version"], run("version").stdout)


class Unreachable(unittest.TestCase):
    def test_a_log_that_is_not_there_is_said_in_bounded_time(self):
        for arguments in (["topic", "list"], ["topic", "create", "t"], ["consume", "t"],
                          ["consume", "t", "--group", "g"], ["produce", "t", "--value", "x"],
                          ["group", "list"], ["group", "describe", "g"]):
            done = daybook.run([*arguments, "--bootstrap", NOWHERE], check=False, timeout_s=60)
            self.assertEqual(done.returncode, 1, f"{arguments}: {done.stderr}")
            self.assertIn(NOWHERE, done.stderr, arguments)
            self.assertIn("daybook serve", done.stderr, arguments)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_server_that_is_not_there_is_said(self):
        done = run("view", "list", "--server", f"http://{NOWHERE}")
        self.assertEqual(done.returncode, 1)
        self.assertIn(NOWHERE, done.stderr)
        self.assertIn("daybook up", done.stderr)

    def test_addresses_are_taken_from_the_environment(self):
        self.assertIn("127.0.0.1:2", run("topic", "list",
                                         env={"DAYBOOK_BOOTSTRAP": "127.0.0.1:2"}).stderr)
        self.assertIn("127.0.0.1:2", run("view", "list",
                                         env={"DAYBOOK_SERVER": "http://127.0.0.1:2"}).stderr)


class ServerSettings(unittest.TestCase):
    def test_what_serve_is_given_holds_for_topics_that_say_nothing_else(self):
        with scratch.folder("settings") as folder, \
                daybook.serve(folder / "data", "--config", "log.retention.ms=60000",
                              "--config", "log.cleanup.policy=compact") as server:
            on = ["--bootstrap", server.kafka]
            daybook.run(["topic", "create", "t", "--config", "cleanup.policy=delete", *on])
            described = json.loads(daybook.run(["topic", "describe", "t", "--json", *on]).stdout)
            self.assertEqual(described["config"]["retention.ms"], "60000")
            self.assertEqual(described["config"]["cleanup.policy"], "delete")
            daybook.stop_cleanly(server)

    def test_a_setting_that_cannot_hold_is_named_and_nothing_starts(self):
        with scratch.folder("settings") as folder:
            for setting in ("num.partitions=0", "no.such.setting=1"):
                done = run("serve", "--data", folder / "data", "--kafka", "127.0.0.1:0",
                           "--config", setting)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(setting.partition("=")[0], done.stderr)


class Log(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(scratch.folder("cli"))
        cls.server = cls.enterClassContext(daybook.serve(cls.folder / "data", http="127.0.0.1:0"))

    def run_on(self, *arguments, status=0, **options):
        done = run(*arguments, "--bootstrap", self.server.kafka, **options)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def events(self, topic, *options):
        done = self.run_on("consume", topic, "-e", "--json", *options)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_topic_is_created_listed_described_and_deleted(self):
        self.run_on("topic", "create", "life", "--partitions", "3", "--config",
                    "retention.ms=60000", "--config", "segment.bytes=1048576")
        listed = json.loads(self.run_on("topic", "list", "--json").stdout)
        self.assertIn({"name": "life", "partitions": 3}, listed)
        described = json.loads(self.run_on("topic", "describe", "life", "--json").stdout)
        self.assertEqual(described["config"]["retention.ms"], "60000")
        self.assertEqual(described["config"]["segment.bytes"], "1048576")
        self.assertEqual(described["partitions"],
                         [{"partition": i, "begin": 0, "end": 0} for i in range(3)])
        self.assertIn("already", self.run_on("topic", "create", "life", status=1).stderr)
        self.run_on("topic", "delete", "life")
        self.assertIn("life", self.run_on("topic", "describe", "life", status=1).stderr)

    def test_tables_are_for_people_and_have_no_colours_in_a_pipe(self):
        self.run_on("topic", "create", "shown")
        listed = self.run_on("topic", "list").stdout
        self.assertRegex(listed, r"^TOPIC +PARTITIONS\n")
        self.assertRegex(listed, r"(?m)^shown +1$")
        self.assertNotIn("\033", listed)

    def on_a_terminal(self, env):
        """What `topic list` prints on a terminal."""
        ours, theirs = pty.openpty()
        try:
            subprocess.run([daybook.BINARY, "topic", "list", "--bootstrap", self.server.kafka],
                           stdout=theirs, env={**os.environ, **env}, timeout=60, check=True)
            return os.read(ours, 65536).decode()
        finally:
            os.close(ours)
            os.close(theirs)

    def test_colours_are_for_terminals_that_want_them(self):
        self.assertIn("\033[1mTOPIC", self.on_a_terminal({"NO_COLOR": ""}))
        self.assertNotIn("\033", self.on_a_terminal({"NO_COLOR": "1"}))

    def test_lines_are_events(self):
        done = self.run_on("produce", "lines", input="one\n\nthree")
        self.assertEqual(done.stdout, "")
        self.assertIn("wrote 3 events to lines", done.stderr)
        self.assertEqual(self.run_on("consume", "lines", "-e").stdout, "one\n\nthree\n")

    def test_keys_headers_and_tombstones(self):
        self.run_on("produce", "keyed", "-K:", "-Z", "--header", "source=test",
                    input="a:1\nb:x:y\na:\n")
        found = self.events("keyed")
        self.assertEqual([(e["key"], e["value"]) for e in found],
                         [("a", "1"), ("b", "x:y"), ("a", None)])
        self.assertEqual(found[0]["headers"], [{"name": "source", "value": "test"}])
        self.assertEqual([e["offset"] for e in found], [0, 1, 2])
        self.assertEqual(self.run_on("consume", "keyed", "-e", "-K|", "--max", "2").stdout,
                         "a|1\nb|x:y\n")

    def test_a_line_without_its_key_is_refused_by_number(self):
        done = self.run_on("produce", "nokey", "-K:", input="a:1\nb\nc:3\n", status=1)
        self.assertIn("line 2", done.stderr)
        self.assertEqual([e["value"] for e in self.events("nokey")], ["1"])

    def test_the_report_of_what_was_written_is_json_for_programs(self):
        done = self.run_on("produce", "report", "--value", "x", "--value", "y", "--json")
        self.assertEqual(json.loads(done.stdout), {"topic": "report", "written": 2,
                                                   "partitions": [{"partition": 0, "end": 2}]})

    def test_reading_starts_where_it_is_told(self):
        self.run_on("produce", "numbers", input="".join(f"{i}\n" for i in range(10)))
        self.assertEqual(self.run_on("consume", "numbers", "--from", "7", "-e").stdout, "7\n8\n9\n")
        self.assertEqual(self.run_on("consume", "numbers", "--from", "end", "-e").stdout, "")
        self.assertEqual(self.run_on("consume", "numbers", "--max", "2").stdout, "0\n1\n")
        self.assertEqual(len(self.events("numbers", "--from", "-1h")), 10)
        self.assertEqual(len(self.events("numbers", "--from", "2999-01-01")), 0)
        self.assertIn("from 0 to 10",
                      self.run_on("consume", "numbers", "--from", "11", "-e", status=1).stderr)

    def test_one_partition_can_be_chosen(self):
        self.run_on("topic", "create", "parts", "--partitions", "2")
        self.run_on("produce", "parts", "--partition", "1", "--value", "x")
        self.assertEqual(self.events("parts", "--partition", "0"), [])
        self.assertEqual(self.events("parts", "--partition", "1")[0]["partition"], 1)
        self.assertIn("no partition 2",
                      self.run_on("consume", "parts", "-p", "2", "-e", status=1).stderr)

    def test_a_group_goes_on_where_it_was(self):
        self.run_on("produce", "grouped", input="1\n2\n3\n4\n5\n")
        first = self.run_on("consume", "grouped", "--group", "g", "--max", "2").stdout
        second = self.run_on("consume", "grouped", "--group", "g", "--max", "3").stdout
        self.assertEqual(first + second, "1\n2\n3\n4\n5\n")
        other = self.run_on("consume", "grouped", "--group", "other", "--max", "5").stdout
        self.assertEqual(other, "1\n2\n3\n4\n5\n")

    def test_a_group_does_not_pass_what_could_not_be_printed(self):
        self.run_on("produce", "full", input="1\n2\n3\n")
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([daybook.BINARY, "consume", "full", "--group", "f", "-e",
                                   "--bootstrap", self.server.kafka], stdout=full,
                                  stderr=subprocess.DEVNULL, check=False, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.run_on("consume", "full", "--group", "f", "-e").stdout, "1\n2\n3\n")

    def test_a_topic_is_configured_while_it_lives(self):
        self.run_on("topic", "create", "tuned", "--config", "retention.ms=1000")
        done = self.run_on("topic", "configure", "tuned", "--config", "segment.ms=60000",
                           "--config", "cleanup.policy=compact,delete",
                           "--default", "retention.ms", "--partitions", "3", "--json")
        told = json.loads(done.stdout)
        self.assertEqual((told["name"], told["partitions"]), ("tuned", 3))
        described = json.loads(self.run_on("topic", "describe", "tuned", "--json").stdout)
        self.assertEqual(len(described["partitions"]), 3)
        self.assertEqual(described["config"]["segment.ms"], "60000")
        self.assertEqual(described["config"]["cleanup.policy"], "compact,delete")
        self.assertEqual(described["config"]["retention.ms"], "-1")
        done = self.run_on("topic", "configure", "tuned", "--config", "segment.ms=soon", status=1)
        self.assertIn("segment.ms", done.stderr)
        done = self.run_on("topic", "configure", "tuned", "--partitions", "2", status=1)
        self.assertIn("3 partitions", done.stderr)

    def test_a_topic_that_is_not_there_is_named(self):
        for arguments in (["consume", "missing"], ["consume", "missing", "--group", "g"],
                          ["topic", "describe", "missing"], ["topic", "delete", "missing"],
                          ["topic", "configure", "missing", "--config", "retention.ms=1"]):
            self.assertIn("missing", self.run_on(*arguments, status=1).stderr)

    def test_a_setting_that_kafka_does_not_know_is_named(self):
        done = self.run_on("topic", "create", "odd", "--config", "retention.mss=1", status=1)
        self.assertIn("retention.mss", done.stderr)

    def test_an_interrupt_ends_it_with_status_130(self):
        self.run_on("produce", "waited", "--value", "x")
        for number in (signal.SIGINT, signal.SIGTERM):
            with processes.Process([daybook.BINARY, "consume", "waited", "--bootstrap",
                                    self.server.kafka], self.folder / "waited.log") as reader:
                reader.wait_for("^x$")
                reader.send(number)
                self.assertEqual(reader.wait(10), 130)

    def test_an_interrupt_ends_the_wait_for_an_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent.settimeout(waiting.PATIENCE_S)
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            for number in (signal.SIGINT, signal.SIGTERM):
                with processes.Process([daybook.BINARY, "topic", "list", "--bootstrap", address],
                                       self.folder / "silent.log") as asking:
                    silent.accept()[0].close()  # so it asks
                    asking.send(number)
                    self.assertEqual(asking.wait(10), 130)

    def test_an_interrupted_producer_has_written_what_it_read(self):
        read_end, write_end = os.pipe()
        try:
            with processes.Process([daybook.BINARY, "produce", "cut", "--bootstrap",
                                    self.server.kafka], self.folder / "cut.log",
                                   stdin=read_end) as writer:
                os.write(write_end, b"first\nsecond\nthi")
                waiting.until(lambda: len(self.events_or_none("cut")) == 2,
                              waiting.PATIENCE_S, "two events")
                writer.send(signal.SIGINT)
                self.assertEqual(writer.wait(10), 130)
            self.assertEqual([e["value"] for e in self.events("cut")], ["first", "second"])
        finally:
            os.close(read_end)
            os.close(write_end)

    def events_or_none(self, topic):
        done = run("consume", topic, "-e", "--json", "--bootstrap", self.server.kafka)
        return done.stdout.splitlines()

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        self.run_on("produce", "much", input="".join(f"{i}\n" for i in range(20_000)))
        done = subprocess.run(
            ["sh", "-c", f"{daybook.BINARY} consume much -e --bootstrap {self.server.kafka} "
                         "| head -n 1"], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout, done.stderr), ("0\n", ""))

    def test_a_server_without_views_says_so(self):
        api = f"http://{self.server.http}"
        self.assertEqual(json.loads(run("view", "list", "--json", "--server", api).stdout), [])
        done = run("view", "show", "balances", "--server", api)
        self.assertEqual(done.returncode, 1)
        self.assertIn('there is no view "balances"', done.stderr)
        self.assertEqual(run("status", "--server", api).stdout,
                         f"daybook: ready\nlog: {self.server.kafka}, of this process\n")

    def test_the_wrong_port_is_recognised(self):
        done = run("view", "list", "--server", f"http://{self.server.kafka}")
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.server.kafka, done.stderr)


if __name__ == "__main__":
    cases.main()

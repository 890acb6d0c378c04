#!/usr/bin/env python3
"""A port or a data folder that another process uses, and other starts that cannot succeed."""
# time limit: 180 s
import signal
import socket
import unittest

from support import cases, daybook, ports, processes, scratch


class InUse(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(scratch.folder("use"))
        self.data = self.folder / "data"

    def refused(self, *arguments):
        """Runs a command that must fail with status 1 and a message; returns that."""
        done = daybook.run(arguments, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn("listening", done.stdout)
        return done.stderr

    def serves(self, server):
        processes.run(["kcat", "-b", server.kafka, "-P", "-t", "t"], input="x\n")

    def test_a_data_folder_in_use_names_the_folder_and_the_process(self):
        with daybook.serve(self.data) as server:
            message = self.refused("serve", "--data", self.data, "--kafka", "127.0.0.1:0")
            self.assertIn(str(self.data), message)
            self.assertIn(str(server.pid), message)
            self.serves(server)

    def test_the_folder_of_a_killed_process_is_free(self):
        with daybook.serve(self.data) as server:
            server.send(signal.SIGKILL)
            server.wait(10)
        with daybook.serve(self.data) as server:
            self.serves(server)

    def test_a_port_in_use_names_the_port_and_leaves_the_folder_free(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.assertIn(address, self.refused("serve", "--data", self.data, "--kafka", address))
        with daybook.serve(self.data) as server:
            self.serves(server)

    def test_an_http_port_in_use_is_named_too(self):
        with daybook.serve(self.data) as server:
            message = self.refused("serve", "--data", self.folder / "other", "--kafka",
                                   "127.0.0.1:0", "--http", server.kafka)
            self.assertIn(server.kafka, message)

    def test_a_data_folder_that_is_a_file_is_named(self):
        self.data.write_text("not a folder")
        message = self.refused("serve", "--data", self.data, "--kafka", "127.0.0.1:0")
        self.assertIn(str(self.data), message)
        self.assertEqual(self.data.read_text(), "not a folder")

    def test_wrong_usage_has_a_status_of_its_own(self):
        for arguments in (["serve"], ["serve", "--data"], ["frobnicate"],
                          ["serve", "--data", self.data, "--durability", "maybe"],
                          ["serve", "--data", self.data, "--kafka", "nowhere"]):
            done = daybook.run(arguments, check=False)
            self.assertEqual(done.returncode, 2, f"{arguments}: {done.stdout}{done.stderr}")
            self.assertTrue(done.stderr.strip(), f"{arguments}: no message")
        self.assertFalse(self.data.exists())

    def test_signals_end_it_cleanly_and_its_port_is_free_at_once(self):
        address = f"127.0.0.1:{ports.free_port()}"
        for number in (signal.SIGTERM, signal.SIGINT):
            with daybook.serve(self.data, kafka=address) as server:
                self.serves(server)
                server.send(number)
                self.assertIn(server.wait(10), (0, 130) if number == signal.SIGINT else (0,))


if __name__ == "__main__":
    cases.main()

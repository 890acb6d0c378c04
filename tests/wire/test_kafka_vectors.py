#!/usr/bin/env python3
"""Every message of every served version, and record batches of every codec, as Apache Kafka writes
them, are decoded and encoded again to the same bytes; and Kafka reads the batches that we make.

A new API joins by being in src/wire/apis: Kafka's classes are filled for all APIs, and the program
fails for a registered version without vectors.
"""
# time limit: 240 s
import unittest

from support import BUILD, ROOT, cases, kafka, processes, scratch

HERE = ROOT / "tests" / "wire"


class KafkaVectors(unittest.TestCase):
    def test_our_bytes_and_kafkas_are_the_same(self):
        with scratch.folder() as folder:
            jars = f"{kafka.jars()}/*"
            classes = folder / "classes"
            processes.run(["javac", "-d", classes, "-cp", jars, *sorted(HERE.glob("*.java"))])

            def java(*arguments):
                return processes.run(["java", "-Xmx256m", "-XX:+UseSerialGC",
                                      "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{jars}",
                                      *arguments])

            java("MessageVectors", folder / "messages.txt")
            java("RecordBatches", "write", folder / "kafka_batches.txt")
            (folder / "errors.txt").write_text(java("ErrorCodes").stdout)
            (folder / "control_records.txt").write_text(java("ControlRecords").stdout)
            processes.run([BUILD / "wire_kafka_vectors"],
                          env={"DAYBOOK_WIRE_VECTORS": folder})
            java("RecordBatches", "check", folder / "our_batches.txt")

    def test_without_vectors_nothing_passes(self):
        with scratch.folder() as folder:
            outcome = processes.run([BUILD / "wire_kafka_vectors"], check=False,
                                    env={"DAYBOOK_WIRE_VECTORS": folder / "none"})
            self.assertNotEqual(outcome.returncode, 0)
            self.assertRegex(outcome.stdout, r"\[  PASSED  \] 0 tests")


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""What leaves a topic, as Apache Kafka's own tools see it: a consumer of a compacted topic gets the
last record of each key, and deleted records are gone.
"""
# time limit: 240 s
import contextlib
import re
import unittest

from support import cases, daybook, kafka, log_under_test, scratch, waiting

# So that the log does by itself within a moment what it would do within minutes.
OFTEN = ["--retention-check-ms", "200", "--compaction-check-ms", "200"]
DEADLINE_S = 120
KEYS = 50
VALUE = "v" * 100


@contextlib.contextmanager
def eager_log():
    if log_under_test.name() == "kafka":
        with log_under_test.open_log() as log:  # looks every 15 seconds
            yield log
        return
    with scratch.folder("log") as folder, daybook.serve(folder / "data", *OFTEN) as log:
        yield log


def produce(log, topic, lines):
    kafka.tool("kafka-console-producer", "--bootstrap-server", log.kafka, "--topic", topic,
               "--reader-property", "parse.key=true", "--reader-property", "key.separator=:",
               "--reader-property", "null.marker=NULL", input="\n".join(lines) + "\n")


def consume(log, folder, topic, last):
    """Everything that is there, as (key, value), up to the value that is known to be the last."""
    with kafka.start_tool("kafka-console-consumer", "--bootstrap-server", log.kafka, "--topic",
                          topic, "--from-beginning", "--formatter-property", "print.key=true",
                          "--formatter-property", "key.separator=:",
                          log=folder / f"{topic}.txt") as reader:
        reader.wait_for(rf"^k\d*:{last}$", DEADLINE_S)
        printed = reader.output()
    return re.findall(r"^(k\d*):(.*)$", printed, re.MULTILINE)


class Compaction(unittest.TestCase):
    def test_a_consumer_gets_the_last_record_of_each_key(self):
        with eager_log() as log, scratch.folder("latest") as folder:
            log_under_test.create_topic(log, "latest", config=[
                "cleanup.policy=compact", "segment.bytes=1048576",
                "min.cleanable.dirty.ratio=0.01"])
            produce(log, "latest", [f"k{i % KEYS}:{i}-{VALUE}" for i in range(20_000)])
            produce(log, "latest", ["k0:NULL", *(f"k1:end-{i}-{VALUE}" for i in range(10_000))])
            seen = []

            def compacted():
                seen[:] = consume(log, folder, "latest", f"end-9999-{VALUE}")
                return len(seen) < 15_000

            waiting.until(compacted, DEADLINE_S, "the topic is compacted")
            last = dict(seen)
            self.assertEqual(last["k1"], f"end-9999-{VALUE}")
            self.assertEqual(last.get("k0", "null"), "null")
            for i in range(2, KEYS):
                self.assertEqual(last[f"k{i}"], f"{20_000 - KEYS + i}-{VALUE}")
            ends = kafka.tool("kafka-get-offsets", "--bootstrap-server", log.kafka,
                              "--topic", "latest").stdout
            self.assertIn("latest:0:30001", ends)


class DeletedRecords(unittest.TestCase):
    def test_a_consumer_begins_behind_them(self):
        with eager_log() as log, scratch.folder("offsets") as folder:
            log_under_test.create_topic(log, "shorter")
            produce(log, "shorter", [f"k:{i}" for i in range(100)])
            wanted = folder / "wanted.json"
            wanted.write_text('{"version": 1, "partitions": '
                              '[{"topic": "shorter", "partition": 0, "offset": 40}]}')
            answer = kafka.tool("kafka-delete-records", "--bootstrap-server", log.kafka,
                                "--offset-json-file", str(wanted)).stdout
            self.assertTrue(re.search(r"low_watermark: 40", answer), answer)
            self.assertEqual([value for _, value in consume(log, folder, "shorter", "99")],
                             [str(i) for i in range(40, 100)])


if __name__ == "__main__":
    cases.main()

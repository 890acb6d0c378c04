#!/usr/bin/env python3
"""What one language writes, the others read, in every codec that both have, with keys and headers:
C, Java, Go, JavaScript and Python; a group's position passes from one language to another.
"""
# time limit: 240 s
import unittest

from support import (CACHE, ROOT, cases, go_client, kafka, log_under_test, processes,
                     python_clients, waiting)

python_clients.enter()

import confluent_kafka as ck  # noqa: E402
import kafka as kafka_python  # noqa: E402

DEADLINE_S = 120
COUNT = 40  # records per writer and codec


def setUpModule():
    global log
    log = unittest.enterModuleContext(log_under_test.open_log())


def run(command, lines=(), **environment):
    done = processes.run(command, input="".join(f"{line}\n" for line in lines), env=environment,
                         timeout_s=2 * DEADLINE_S)
    return done.stdout.splitlines()


def parts(line):
    header, key, value = line.split("\t")
    name, content = header.split(":")
    return key.encode(), value.encode(), [(name, content.encode())]


def line(headers, key, value):
    (name, content), = headers
    return f"{name}:{content.decode()}\t{key.decode()}\t{value.decode()}"


class Java:
    codecs = ("none", "zstd")

    @staticmethod
    def write(topic, codec, lines):
        kafka.tool("kafka-console-producer", "--bootstrap-server", log.kafka, "--topic", topic,
                   "--compression-codec", codec, "--reader-property", "parse.key=true",
                   "--reader-property", "parse.headers=true", timeout_s=2 * DEADLINE_S,
                   input="".join(f"{text}\n" for text in lines))

    @staticmethod
    def read(topic, count, *options):
        return kafka.tool(
            "kafka-console-consumer", "--bootstrap-server", log.kafka, "--topic", topic,
            "--max-messages", str(count), "--timeout-ms", str(DEADLINE_S * 1000),
            "--formatter-property", "print.key=true", "--formatter-property",
            "print.headers=true", *(options or ("--from-beginning",)),
            timeout_s=2 * DEADLINE_S).stdout.splitlines()


class Go:
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")

    @staticmethod
    def write(topic, codec, lines):
        run([go_client.build_command("lines"), log.kafka, "write", topic, codec], lines)

    @staticmethod
    def read(topic, count):
        return run([go_client.build_command("lines"), log.kafka, "read", topic, str(count)])


class JavaScript:
    codecs = ("none", "gzip", "snappy")
    _program = ROOT / "tests/clients/kafkajs_lines.js"
    _environment = {"NODE_PATH": CACHE / "node" / "node_modules"}

    @classmethod
    def write(cls, topic, codec, lines):
        run(["node", cls._program, log.kafka, "write", topic, codec], lines, **cls._environment)

    @classmethod
    def read(cls, topic, count):
        return run(["node", cls._program, log.kafka, "read", topic, str(count)],
                   **cls._environment)


class C:
    codecs = Go.codecs

    @staticmethod
    def write(topic, codec, lines):
        producer = ck.Producer({"bootstrap.servers": log.kafka, "compression.type": codec})
        for text in lines:
            key, value, headers = parts(text)
            producer.produce(topic, value, key, headers=headers)
        if producer.flush(DEADLINE_S) != 0:
            raise AssertionError("not everything was delivered")

    @staticmethod
    def read(topic, count, group="lines in C"):
        consumer = ck.Consumer({"bootstrap.servers": log.kafka, "group.id": group,
                                "auto.offset.reset": "earliest", "enable.auto.commit": False})
        consumer.subscribe([topic])
        found = []
        waiting.until(lambda: found.extend(consumer.consume(count - len(found), 0.1)) or
                      len(found) >= count, DEADLINE_S, lambda: f"{count}, not {len(found)}")
        consumer.commit(message=found[-1], asynchronous=False)
        consumer.close()
        return [line(m.headers(), m.key(), m.value()) for m in found]


class Python:
    codecs = Go.codecs

    @staticmethod
    def write(topic, codec, lines):
        producer = kafka_python.KafkaProducer(
            bootstrap_servers=[log.kafka], compression_type=None if codec == "none" else codec)
        for text in lines:
            key, value, headers = parts(text)
            producer.send(topic, key=key, value=value, headers=headers)
        producer.flush(DEADLINE_S)
        producer.close()

    @staticmethod
    def read(topic, count, group="lines in Python"):
        consumer = kafka_python.KafkaConsumer(
            topic, bootstrap_servers=[log.kafka], group_id=group, enable_auto_commit=False,
            auto_offset_reset="earliest")
        found = []

        def poll():
            for records in consumer.poll(200, max_records=count - len(found)).values():
                found.extend(records)
            return len(found) >= count

        waiting.until(poll, DEADLINE_S, lambda: f"{count}, not {len(found)}")
        consumer.commit()
        consumer.close()
        return [line(r.headers, r.key, r.value) for r in found]


class Languages(unittest.TestCase):
    def _write(self, topic, codecs):
        """Each language writes in each of the codecs that it has: the lines in their order."""
        log_under_test.create_topic(log, topic)
        written = []
        for language in (Java, Go, JavaScript, C, Python):
            for codec in [codec for codec in codecs if codec in language.codecs]:
                lines = [f"by:{language.__name__}\t{codec}-{n}\tvalue {n} of größe €"
                         for n in range(COUNT)]
                language.write(topic, codec, lines)
                written += lines
        return written

    def test_each_reads_what_all_wrote(self):
        written = self._write("all", Go.codecs)
        for language in (Java, Go, C, Python):
            with self.subTest(reader=language.__name__):
                self.assertEqual(language.read("all", len(written)), written)

    def test_javascript_reads_what_all_wrote_in_its_codecs(self):
        written = self._write("some", ("gzip", "snappy"))
        self.assertEqual(JavaScript.read("some", len(written)), written)

    def test_a_group_goes_on_in_another_language_where_it_committed(self):
        log_under_test.create_topic(log, "passed-on")
        lines = [f"by:Go\tkey\t{n}" for n in range(90)]
        Go.write("passed-on", "lz4", lines)
        found = C.read("passed-on", 30, "g-passed-on")
        found += Python.read("passed-on", 30, "g-passed-on")
        found += Java.read("passed-on", 30, "--group", "g-passed-on")
        self.assertEqual(found, lines)


if __name__ == "__main__":
    cases.main()

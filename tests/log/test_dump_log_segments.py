#!/usr/bin/env python3
"""Apache Kafka's own DumpLogSegments reads our segments, indexes and snapshots without complaint,
of a partition that was closed, one that crashed and one that was compacted, and complains when they
are damaged; and an Apache Kafka broker serves a partition that was copied to it.
"""
# time limit: 300 s
import pathlib
import re
import shutil
import unittest

from support import BUILD, cases, kafka, processes, scratch

RECORDS_PER_BATCH = 3


def setUpModule():
    global partitions, root
    root = unittest.enterModuleContext(scratch.folder("log"))
    written = processes.run([BUILD / "log_writer", root / "log"]).stdout
    partitions = {}
    for line in written.splitlines():
        name, records, segments = line.split()
        partitions[name] = (root / "log" / name, int(records), int(segments))


def dump(files, *options):
    names = ",".join(str(file) for file in sorted(files))
    done = kafka.tool("kafka-dump-log", "--files", names, *options, check=False)
    return done.returncode, done.stdout + done.stderr


def complaints(text):
    return [line for line in text.splitlines()
            if re.search(r"ismatch|Exception|not found|out of order|isvalid: false|rror|corrupt",
                         line)]


class Dump(unittest.TestCase):
    def check_partition(self, name):
        folder, records, segments = partitions[name]
        logs = sorted(folder.glob("*.log"))
        self.assertEqual(len(logs), segments)
        self.assertGreater(segments, 3)
        status, text = dump(logs, "--deep-iteration", "--print-data-log")
        self.assertEqual((status, complaints(text)), (0, []))
        offsets = [int(found) for found in re.findall(r"^\| offset: (\d+)", text, re.M)]
        self.assertEqual(offsets, list(range(records)))
        self.assertEqual(len(re.findall(r"^baseOffset: .* isvalid: true", text, re.M)),
                         records // RECORDS_PER_BATCH)
        self.assertIn("payload: value-1-", text)
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            self.assertIn(f"compresscodec: {codec}", text)

        indexes = [*folder.glob("*.index"), *folder.glob("*.timeindex")]
        self.assertEqual(len(indexes), 2 * segments)
        for option in ("--verify-index-only", "--index-sanity-check"):
            status, text = dump(indexes, option)
            self.assertEqual((status, complaints(text)), (0, []))
        status, text = dump(indexes)
        self.assertEqual((status, complaints(text)), (0, []))
        self.assertGreater(len(re.findall(r"^offset: \d+ position: \d+", text, re.M)), 20)
        self.assertGreater(len(re.findall(r"^timestamp: \d+ offset: \d+", text, re.M)), 20)

    def test_a_closed_partition(self):
        self.check_partition("closed-0")

    def test_a_crashed_and_recovered_partition(self):
        self.check_partition("crashed-0")

    def test_producer_snapshots(self):
        folder, records, _ = partitions["closed-0"]
        snapshot = max(folder.glob("*.snapshot"))
        self.assertEqual(int(snapshot.stem), records)
        status, text = dump([snapshot])
        self.assertEqual((status, complaints(text)), (0, []))
        self.assertEqual(set(re.findall(r"producerId: (\d+)", text)), {"1000", "2000", "3000"})
        last = [int(found) for found in re.findall(r"lastOffset: (\d+)", text)]
        self.assertEqual(max(last), records - 1)

    def test_a_compacted_partition(self):
        folder, end, segments = partitions["compacted-0"]
        logs = sorted(folder.glob("*.log"))
        self.assertEqual(len(logs), segments)
        status, text = dump(logs, "--deep-iteration", "--print-data-log")
        self.assertEqual((status, complaints(text)), (0, []))
        records = re.findall(r"^\| offset: (\d+).* key: (\S+)", text, re.M)
        self.assertLess(len(records), end // 3)
        below = int(logs[-1].stem)  # the active segment is as it was
        cleaned = [key for offset, key in records
                   if int(offset) < below and key.startswith("key-")]
        self.assertEqual(len(set(cleaned)), 17)
        self.assertEqual(len(cleaned), 17, "one record of each key")
        self.assertIn("deleteHorizonMs: OptionalLong[", text)
        ends = re.findall(r"^baseOffset: \d+ lastOffset: (\d+)", text, re.M)
        self.assertEqual(max(int(found) for found in ends), end - 1)
        self.assertIn(" count: 0 ", text)  # where a segment ends

        indexes = [*folder.glob("*.index"), *folder.glob("*.timeindex")]
        self.assertEqual(len(indexes), 2 * segments)
        for option in ("--verify-index-only", "--index-sanity-check"):
            status, text = dump(indexes, option)
            self.assertEqual((status, complaints(text)), (0, []))

    def test_transactions(self):
        folder, records, segments = partitions["transactions-0"]
        self.assertGreater(segments, 3)
        status, text = dump(folder.glob("*.log"), "--deep-iteration")
        self.assertEqual((status, complaints(text)), (0, []))
        self.assertEqual(text.count("endTxnMarker: ABORT"), 200 + 30)
        self.assertEqual(text.count("endTxnMarker: COMMIT"), 400 + 30)

        status, text = dump(folder.glob("*.txnindex"))
        self.assertEqual((status, complaints(text)), (0, []))
        numbers = r"producerId: (\d+) firstOffset: (\d+) lastOffset: (\d+) lastStableOffset: (\d+)"
        entries = [[int(n) for n in found] for found in re.findall(numbers, text)]
        self.assertEqual(len(entries), 230)
        self.assertEqual([producer for producer, *_ in entries].count(1000), 30)
        for producer, first, last, stable in entries:
            # Producer 2000's transactions are one record; 1000's hold the stable offset down.
            self.assertEqual(last - first, 1 if producer == 2000 else 21)
            if producer == 1000:
                self.assertEqual(stable, last + 1)
            else:
                self.assertLess(stable, first)

        status, text = dump([max(folder.glob("*.snapshot"))])
        self.assertEqual((status, complaints(text)), (0, []))
        last = text.splitlines()
        open_ones = {found for line in last if "producerId: 1000" in line
                     for found in re.findall(r"currentTxnFirstOffset: \D*(\d+)", line)}
        self.assertEqual(open_ones, {str(records - 1)})


class Damage(unittest.TestCase):
    """What the tests above would look like if our files were wrong."""

    def damaged(self, suffix, change):
        copy = root / f"damaged{suffix}"
        shutil.copytree(partitions["closed-0"][0], copy)
        self.addCleanup(shutil.rmtree, copy)
        file = min(copy.glob(f"*{suffix}"))
        content = bytearray(file.read_bytes())
        change(content)
        file.write_bytes(content)
        return file

    def test_an_index_entry_that_names_another_place_is_found(self):
        def shift(content):
            content[15] ^= 0x40
        file = self.damaged(".index", shift)
        self.assertTrue(complaints(dump([file], "--verify-index-only")[1]))

    def test_an_index_with_half_an_entry_is_found(self):
        file = self.damaged(".index", lambda content: content.append(0))
        self.assertTrue(complaints(dump([file], "--index-sanity-check")[1]))

    def test_a_time_index_entry_with_another_time_is_found(self):
        def later(content):
            content[7] ^= 0x01
        file = self.damaged(".timeindex", later)
        self.assertTrue(complaints(dump([file], "--verify-index-only")[1]))

    def test_a_changed_record_is_found(self):
        def change(content):
            content[200] ^= 0x01
        file = self.damaged(".log", change)
        self.assertTrue(complaints(dump([file], "--deep-iteration")[1]))


class Move(unittest.TestCase):
    def test_apache_kafka_serves_a_partition_that_was_copied_to_it(self):
        folder, records, _ = partitions["closed-0"]
        home = pathlib.Path(root) / "kafka"
        with kafka.broker(home) as broker:
            kafka.tool("kafka-topics", "--bootstrap-server", broker.kafka, "--create",
                       "--topic", "closed", "--partitions", "1")
        target = home / "data" / "closed-0"
        metadata = (target / "partition.metadata").read_bytes()  # the topic's id is Kafka's
        shutil.rmtree(target)
        shutil.copytree(folder, target)
        (target / "partition.metadata").write_bytes(metadata)
        with kafka.broker(home) as broker:
            ends = kafka.tool("kafka-get-offsets", "--bootstrap-server", broker.kafka,
                              "--topic", "closed").stdout
            self.assertIn(f"closed:0:{records}", ends)
            consumed = kafka.tool("kafka-console-consumer", "--bootstrap-server", broker.kafka,
                                  "--topic", "closed", "--from-beginning", "--max-messages",
                                  str(records), "--timeout-ms", "60000").stdout.splitlines()
        self.assertEqual(len(consumed), records)
        self.assertEqual([line.split("-")[1] if line != "null" else "null" for line in consumed],
                         [str(n) if n % 11 else "null" for n in range(records)])


if __name__ == "__main__":
    cases.main()

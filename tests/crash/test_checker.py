#!/usr/bin/env python3
"""The checker of histories accepts what may be, and refuses each breach of each promise."""
import unittest

import checker
from support import cases

# Two partitions of a dense topic: idempotent records, a transaction of each kind, and a reader.
GOOD = """
topic t 2 dense
send once-0 0 t 0 0 - value -
send once-0 1 t 0 0 - value -
ack once-0 0 0
ack once-0 1 1
send txn-0 0 t 0 1 - value -
send txn-0 1 t 1 1 - value -
ack txn-0 0 2
ack txn-0 1 0
end txn-0 1 commit
ended txn-0 1 committed
send txn-0 2 t 0 2 - value -
ack txn-0 2 4
end txn-0 2 abort
ended txn-0 2 aborted
seek r committed t 0 0
read r committed t 0 2 2 0=once-0:0,1=once-0:1
read r committed t 0 6 6 2=txn-0:0
seek u uncommitted t 0 4
read u uncommitted t 0 5 4 4=txn-0:2
exists t
bounds t 0 0 6
bounds t 1 0 2
log uncommitted t 0 0 once-0:0
log uncommitted t 0 1 once-0:1
log uncommitted t 0 2 txn-0:0
log uncommitted t 0 3 !commit
log uncommitted t 0 4 txn-0:2
log uncommitted t 0 5 !abort
log uncommitted t 1 0 txn-0:1
log uncommitted t 1 1 !commit
log committed t 0 0 once-0:0
log committed t 0 1 once-0:1
log committed t 0 2 txn-0:0
log committed t 1 0 txn-0:1
"""

GROUPS = """
topic t 1 dense
send once-0 0 t 0 0 - value -
ack once-0 0 0
commit a g t 0 5
committed a g t 0 5
ask a g t 0
commit a g t 0 9
answer a g t 0 9
exists t
bounds t 0 0 1
log uncommitted t 0 0 once-0:0
log committed t 0 0 once-0:0
group g t 0 9
"""

COPIES = """
topic in 1 dense
topic out 1 dense
send once-0 0 in 0 0 - value -
send once-0 1 in 0 0 - value -
ack once-0 0 0
ack once-0 1 1
send copy-0 0 out 0 1 - value 0:0
ack copy-0 0 0
end copy-0 1 commit
ended copy-0 1 unknown reset
exists in
exists out
bounds in 0 0 2
bounds out 0 0 2
log uncommitted in 0 0 once-0:0
log uncommitted in 0 1 once-0:1
log committed in 0 0 once-0:0
log committed in 0 1 once-0:1
log uncommitted out 0 0 copy-0:0
log uncommitted out 0 1 !commit
log committed out 0 0 copy-0:0
group copy in 0 1
"""

COMPACTED = """
topic c 1 compacted
send keyed-0 0 c 0 0 a value -
send keyed-0 1 c 0 0 b value -
send keyed-0 2 c 0 0 a value -
send keyed-0 3 c 0 0 b tombstone -
send keyed-0 4 c 0 0 d value -
ack keyed-0 0 0
ack keyed-0 1 1
ack keyed-0 2 2
ack keyed-0 3 3
ack keyed-0 4 4
exists c
bounds c 0 0 5
log uncommitted c 0 2 keyed-0:2
log uncommitted c 0 4 keyed-0:4
log committed c 0 2 keyed-0:2
log committed c 0 4 keyed-0:4
"""

TOPICS = """
create x
created x
send churn-0 0 x 0 0 - value -
ack churn-0 0 0
delete x
deleted x
create x
created x
send churn-0 1 x 0 0 - value -
ack churn-0 1 0
create y
created y
delete y
deleted y
exists x
bounds x 0 0 1
log uncommitted x 0 0 churn-0:1
log committed x 0 0 churn-0:1
"""

TRIMMED = """
topic d 1 trimmed
send trim-0 0 d 0 0 - value -
send trim-0 1 d 0 0 - value -
send trim-0 2 d 0 0 - value -
ack trim-0 0 0
ack trim-0 1 1
ack trim-0 2 2
trim d 0 1
trimmed d 0 1
start d 0 1
trim d 0 2
exists d
bounds d 0 1 3
log uncommitted d 0 1 trim-0:1
log uncommitted d 0 2 trim-0:2
log committed d 0 1 trim-0:1
log committed d 0 2 trim-0:2
"""

RETAINED = """
topic a 1 aged
keep a 100 -1
topic s 1 sized
keep s -1 5000
send retain-0 0 a 0 0 1000 value -
ack retain-0 0 0
send retain-0 1 a 0 0 1020 value -
ack retain-0 1 1
send retain-0 2 a 0 0 1050 value -
ack retain-0 2 2
aged a 0 0 1060
aged a 0 1 1100
aged a 0 2 1130
send retain-0 3 s 0 0 1130 value -
ack retain-0 3 0
send retain-0 4 s 0 0 1131 value -
ack retain-0 4 1
aged s 0 1 1132
exists a
exists s
bounds a 0 2 3
bounds s 0 1 2
size s 0 5000
log uncommitted a 0 2 retain-0:2
log committed a 0 2 retain-0:2
log uncommitted s 0 1 retain-0:4
log committed s 0 1 retain-0:4
"""


def breaches(text):
    lines = [line.replace(" ", "\t") for line in text.strip().splitlines()]
    return checker.judge(lines)[0]


def changed(text, old, new):
    if f"\n{old}\n" not in text:
        raise AssertionError(f"there is no line {old}")
    return text.replace(f"\n{old}\n", f"\n{new}\n" if new else "\n", 1)


class Checker(unittest.TestCase):
    def refuses(self, text, *changes, because):
        for old, new in changes:
            text = changed(text, old, new)
        self.assertIn(because, "\n".join(breaches(text)))

    def test_what_may_be_is_accepted(self):
        for text in (GOOD, GROUPS, COPIES, COMPACTED, TOPICS, TRIMMED, RETAINED):
            self.assertEqual(breaches(text), [])

    def test_a_lost_record_is_seen(self):
        self.refuses(GOOD, ("log uncommitted t 1 0 txn-0:1", ""),
                     ("log committed t 1 0 txn-0:1", ""),
                     because="txn-0:1 was acknowledged at t-1 offset 0, where nothing is")

    def test_a_lost_tail_is_seen(self):
        self.refuses(TRIMMED, ("bounds d 0 1 3", "bounds d 0 1 2"),
                     ("log uncommitted d 0 2 trim-0:2", ""), ("log committed d 0 2 trim-0:2", ""),
                     because="trim-0:2 was acknowledged")

    def test_a_record_at_another_offset_is_seen(self):
        self.refuses(GOOD, ("ack once-0 1 1", "ack once-0 1 0"),
                     because="once-0:1 was acknowledged at t-0 offset 0, where once-0:0 is")

    def test_a_repeated_record_is_seen(self):
        self.refuses(GOOD, ("log uncommitted t 0 4 txn-0:2", "log uncommitted t 0 4 once-0:1"),
                     because="once-0:1 is in t-0 twice: at 1 and at 4")

    def test_a_repeated_record_of_a_plain_producer_is_accepted(self):
        text = """
topic t 1 dense
send plain-0 0 t 0 0 - value -
ack plain-0 0 1
exists t
bounds t 0 0 2
log uncommitted t 0 0 plain-0:0
log uncommitted t 0 1 plain-0:0
log committed t 0 0 plain-0:0
log committed t 0 1 plain-0:0
"""
        self.assertEqual(breaches(text), [])

    def test_records_in_another_order_are_seen(self):
        self.refuses(GOOD, ("ack once-0 0 0", "unknown once-0 0 late"),
                     ("ack once-0 1 1", "unknown once-0 1 late"),
                     ("log uncommitted t 0 0 once-0:0", "log uncommitted t 0 0 once-0:1"),
                     ("log uncommitted t 0 1 once-0:1", "log uncommitted t 0 1 once-0:0"),
                     because="once-0:0 comes after once-0:1")

    def test_a_record_that_nobody_sent_is_seen(self):
        self.refuses(GOOD, ("log uncommitted t 0 4 txn-0:2", "log uncommitted t 0 4 once-0:7"),
                     because="t-0 offset 4 is once-0:7, which nobody sent there")

    def test_a_gap_is_seen(self):
        self.refuses(GOOD, ("log uncommitted t 0 5 !abort", "log uncommitted t 0 6 !abort"),
                     because="t-0 has a gap: offset 6 comes where 5 should")

    def test_a_log_that_begins_later_is_seen(self):
        self.refuses(GOOD, ("bounds t 0 0 6", "bounds t 0 1 6"),
                     because="t-0 starts at 1, and nobody deleted records")

    def test_an_aborted_record_that_is_shown_is_seen(self):
        self.refuses(GOOD, ("log committed t 0 2 txn-0:0",
                            "log committed t 0 2 txn-0:0\nlog committed t 0 4 txn-0:2"),
                     because="transaction 2 of txn-0 was never committed, and txn-0:2 is shown")

    def test_a_transaction_that_was_never_ended_and_is_shown_is_seen(self):
        self.refuses(GOOD, ("end txn-0 1 commit", ""), ("ended txn-0 1 committed", ""),
                     because="transaction 1 of txn-0 was never committed")

    def test_half_a_transaction_is_seen(self):
        for result in ("committed", "unknown"):
            self.refuses(GOOD, ("log committed t 1 0 txn-0:1", ""),
                         ("ended txn-0 1 committed", f"ended txn-0 1 {result}"),
                         because="transaction 1 of txn-0 is committed, and txn-0:1 is not shown")

    def test_a_committed_transaction_that_is_not_shown_at_all_is_seen(self):
        self.refuses(GOOD, ("log committed t 1 0 txn-0:1", ""),
                     ("log committed t 0 2 txn-0:0", ""),
                     because="transaction 1 of txn-0 is committed, and txn-0:0 is not shown")

    def test_a_transaction_with_an_open_end_may_be_shown_or_not(self):
        text = changed(GOOD, "ended txn-0 1 committed", "ended txn-0 1 unknown")
        self.assertEqual(breaches(text), [])
        for line in ("log committed t 1 0 txn-0:1", "log committed t 0 2 txn-0:0",
                     "read r committed t 0 6 6 2=txn-0:0"):
            text = changed(text, line, "")
        self.assertEqual(breaches(text), [])

    def test_a_plain_record_that_is_hidden_is_seen(self):
        self.refuses(GOOD, ("log committed t 0 1 once-0:1", ""),
                     because="once-0:1 at t-0 offset 1 is not shown to read_committed")

    def test_a_reader_that_was_shown_what_is_not_there_is_seen(self):
        self.refuses(GOOD, ("read u uncommitted t 0 5 4 4=txn-0:2",
                            "read u uncommitted t 0 5 4 4=txn-0:9"),
                     because="u (uncommitted) in t-0: from 4 on it was shown")

    def test_a_reader_that_was_shown_an_aborted_record_is_seen(self):
        self.refuses(GOOD, ("read r committed t 0 6 6 2=txn-0:0",
                            "read r committed t 0 6 6 2=txn-0:0,4=txn-0:2"),
                     because="r (committed) in t-0: from 2 on it was shown")

    def test_a_reader_that_missed_a_record_is_seen(self):
        self.refuses(GOOD, ("read r committed t 0 2 2 0=once-0:0,1=once-0:1",
                            "read r committed t 0 2 2 0=once-0:0"),
                     because="r (committed) in t-0: from 1 on it was shown")

    def test_a_watermark_that_goes_back_is_seen(self):
        self.refuses(GOOD, ("read r committed t 0 2 2 0=once-0:0,1=once-0:1",
                            "read r committed t 0 7 2 0=once-0:0,1=once-0:1"),
                     because="the high watermark went back from 7 to 6")
        self.refuses(GOOD, ("read r committed t 0 2 2 0=once-0:0,1=once-0:1",
                            "read r committed t 0 7 7 0=once-0:0,1=once-0:1"),
                     because="the last stable offset went back from 7 to 6")

    def test_a_record_above_the_watermark_is_seen(self):
        self.refuses(GOOD, ("read r committed t 0 2 2 0=once-0:0,1=once-0:1",
                            "read r committed t 0 2 1 0=once-0:0,1=once-0:1"),
                     because="was shown offset 1, and the limit is 1")

    def test_a_committed_offset_that_is_forgotten_is_seen(self):
        self.refuses(GROUPS, ("answer a g t 0 9", "answer a g t 0 -1"),
                     because="group g was told of -1 in t-0 (line 8), and 5 had been committed")
        self.refuses(GROUPS, ("group g t 0 9", "group g t 0 4"), because="group g is at 4 in t-0")
        self.refuses(GROUPS, ("group g t 0 9", ""), because="group g is at -1 in t-0")

    def test_a_commit_that_goes_back_counts_like_any_other(self):
        overlapping = changed(GROUPS, "committed a g t 0 5", "commit b g t 0 4\n"
                              "committed a g t 0 5\ncommitted b g t 0 4")
        for told in (4, 5):
            text = changed(overlapping, "answer a g t 0 9", f"answer a g t 0 {told}")
            self.assertEqual(breaches(changed(text, "group g t 0 9", f"group g t 0 {told}")), [])
        self.refuses(GROUPS, ("commit a g t 0 5", "commit b g t 0 4\ncommitted b g t 0 4\n"
                              "commit a g t 0 5"), ("answer a g t 0 9", "answer a g t 0 4"),
                     because="group g was told of 4 in t-0 (line 10), and 5 had been committed")

    def test_an_offset_that_nobody_committed_is_seen(self):
        self.refuses(GROUPS, ("answer a g t 0 9", "answer a g t 0 10"),
                     because="told of 10 in t-0 (line 8), and nobody had committed that")

    def test_a_copy_that_is_missing_or_made_twice_is_seen(self):
        self.refuses(COPIES, ("group copy in 0 1", "group copy in 0 2"),
                     because="once-0:1, at in-0 offset 1, was copied 0 times")
        self.refuses(COPIES, ("group copy in 0 1", "group copy in 0 0"),
                     because="once-0:0, at in-0 offset 0, was copied 1 times")

    def test_a_compacted_key_that_lost_its_latest_is_seen(self):
        self.refuses(COMPACTED, ("log committed c 0 2 keyed-0:2", "log committed c 0 0 keyed-0:0"),
                     ("log uncommitted c 0 2 keyed-0:2", "log uncommitted c 0 0 keyed-0:0"),
                     because="key a of c-0: the latest, keyed-0:2 at offset 2, is gone")

    def test_a_removed_key_that_comes_back_is_seen(self):
        self.refuses(COMPACTED, ("log committed c 0 2 keyed-0:2",
                                 "log committed c 0 1 keyed-0:1\nlog committed c 0 2 keyed-0:2"),
                     because="keyed-0:1 is there, its tombstone keyed-0:3 at offset 3 is not")

    def test_a_compacted_record_that_moved_is_seen(self):
        self.refuses(COMPACTED, ("log committed c 0 2 keyed-0:2", "log committed c 0 3 keyed-0:2"),
                     because="keyed-0:2 moved from c-0 offset 2 to 3")

    def test_a_topic_that_is_gone_or_back_is_seen(self):
        self.refuses(TOPICS, ("exists x", ""), because="topic x was created, and is gone")
        self.refuses(TOPICS, ("exists x", "exists x\nexists y"),
                     because="topic y was deleted, and is there")
        self.refuses(GOOD, ("exists t", ""), because="topic t is gone")
        self.refuses(GOOD, ("exists t", "exists t\nexists z"), because="nobody created it")

    def test_a_record_of_a_deleted_topic_that_is_back_is_seen(self):
        self.refuses(TOPICS, ("log uncommitted x 0 0 churn-0:1", "log uncommitted x 0 0 churn-0:0"),
                     because="x-0 offset 0 is churn-0:0, from before it was created")

    def test_deleted_records_that_are_back_are_seen(self):
        self.refuses(TRIMMED, ("bounds d 0 1 3", "bounds d 0 0 3"), because="d-0 starts at 0")

    def test_more_deleted_than_was_asked_for_is_seen(self):
        self.refuses(TRIMMED, ("bounds d 0 1 3", "bounds d 0 3 3"), because="d-0 starts at 3")

    def test_a_start_that_goes_back_is_seen(self):
        self.refuses(TRIMMED, ("start d 0 1", "start d 0 0"),
                     because="d-0 starts at 0, and records before 1 were deleted")

    def test_a_record_that_left_too_early_is_seen(self):
        self.refuses(RETAINED, ("aged a 0 2 1130", "aged a 0 2 1119"),
                     because="a-0 starts at 2, and a record before that is 99 ms old")

    def test_less_than_was_to_stay_is_seen(self):
        self.refuses(RETAINED, ("size s 0 5000", "size s 0 4999"),
                     because="s-0 lost what is before 1; 4999 bytes are left, and 5000 were")

    def test_what_left_and_is_back_is_seen(self):
        self.refuses(RETAINED, ("aged a 0 2 1130", "aged a 0 2 1130\naged a 0 1 1140"),
                     because="a-0 starts at 1, after it had started at 2")
        self.refuses(RETAINED, ("bounds s 0 1 2", "bounds s 0 0 2"),
                     because="s-0 starts at 0, after it had started at 1")

    def test_a_retained_record_that_is_lost_is_seen(self):
        self.refuses(RETAINED, ("log uncommitted a 0 2 retain-0:2", ""),
                     because="retain-0:2 was acknowledged at a-0 offset 2, where nothing is")

    def test_a_fault_is_reported(self):
        self.refuses(GOOD, ("exists t", "exists t\nfault out_of_range"), because="out_of_range")

    def test_a_line_that_makes_no_sense_is_an_error(self):
        for line in ("nonsense", "ack once-0 9 1", "send once-0 0 t 0 0 - value -"):
            with self.assertRaises(ValueError):
                breaches(GOOD + line)


if __name__ == "__main__":
    cases.main()

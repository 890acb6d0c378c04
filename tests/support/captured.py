"""Judges the topics of a captured database: each change once, in order, none lost, none twice.

Two independent proofs. The events of each row form an unbroken chain: what an event says was there
before is what the event before it left, and the last one leaves what the table holds now. And there
are exactly as many inserts, updates and deletes as PostgreSQL's own decoding of its log counts.
"""
import datetime
import json
import subprocess

from support import bank, waiting

_KEYS = {"account_entry": ("operation_id", "leg")}  # any other table's is `id`
_DAY_0 = datetime.date(1970, 1, 1).toordinal()


class Behind(AssertionError):
    """Nothing is wrong so far, and something is not there."""


def check_topics(captured, server, counts=None):
    """Fails with the first thing that is wrong. Returns the number of events. The bank is closed;
    what it did last may be on its way still, and is waited for."""
    return sum(sum(_check_when_there(captured, server, table, counts).values())
               for table in bank.CAPTURED)


def _check_when_there(captured, server, table, counts):
    behind = None

    def look():
        nonlocal behind
        try:
            seen = check_topic(captured, server, table)
            if counts is not None:
                _check_counts(table, seen, counts)
            return seen
        except Behind as problem:
            behind = problem
            return None

    return waiting.until(look, waiting.PATIENCE_S, lambda: f"all events: {behind}")


def _check_counts(table, seen, counts):
    for op in "cud":
        expected = counts.get((table, op), 0)
        if seen[op] != expected:
            kind = Behind if seen[op] < expected else AssertionError
            raise kind(f"bank.{table}: {seen[op]} events of kind {op}, PostgreSQL committed "
                       f"{expected}")


def check_topic(captured, server, table):
    """How many events of each kind; fails if the chain of any row is broken. Behind if it does not
    end in what the table holds."""
    topic = f"bank.{table}"
    seen = {"r": 0, "c": 0, "u": 0, "d": 0}
    state = {}
    deleted = None  # the key of a delete that its tombstone must follow
    next_offset = 0
    last_position = (0, 0, 0)
    for offset, position, key, value in consume(server, topic):
        where = f"{topic} at offset {offset}"
        if position is not None:  # a row of the snapshot has none in the stream
            if position <= last_position:
                raise AssertionError(f"{where}: position {position} after {last_position}")
            last_position = position
        if offset != next_offset:
            raise AssertionError(f"{where}: expected offset {next_offset}")
        next_offset += 1
        if deleted is not None or value is None:
            if value is not None or key != deleted:
                raise AssertionError(f"{where}: tombstone of {key} after the delete of {deleted}")
            deleted = None
            continue
        event = json.loads(value)
        apply(event, table, state, where)
        seen[event["op"]] += 1
        if event["op"] == "d":
            deleted = key
    expected = {key_of(table, row): mark(row) for row in captured.rows(table)}
    if state != expected:
        wrong = next(key for key in state.keys() | expected.keys()
                     if state.get(key) != expected.get(key))
        raise Behind(f"{topic}: the events of row {wrong} do not end in what the table holds: "
                     f"{len(state)} rows from events, {len(expected)} in the table")
    return seen


def apply(event, table, state, where):
    """One event, on top of what the ones before it left."""
    before, after = event["before"], event["after"]
    row = after if after is not None else before
    key = key_of(table, row)
    held = state.get(key)
    if event["op"] in "rc":
        right = held is None and before is None
    else:
        right = before is not None and held == mark(before) and key == key_of(table, before)
    if not right:
        raise AssertionError(f"{where}: {event['op']} of row {key} does not follow from the events "
                             f"before it: {json.dumps(event)}")
    if after is None:
        del state[key]
    else:
        state[key] = mark(after)


def key_of(table, row):
    return tuple(row[column] for column in _KEYS.get(table, ("id",)))


def mark(row):
    """Equal for equal rows, whether they come from an event or from PostgreSQL."""
    return hash(tuple(_plain(name, row[name]) for name in sorted(row)))


def _plain(name, value):
    if value is None:
        return None
    if name.endswith("_at"):
        return bank.instant(value)
    if name.endswith("_on"):
        return value if isinstance(value, int) \
            else datetime.date.fromisoformat(value).toordinal() - _DAY_0
    if name in ("lat", "lon"):
        return float(value)
    return value


def consume(server, topic):
    """(offset, position, key, value) of every record of a topic of one partition, as kcat reads it.
    """
    command = ["kcat", "-C", "-b", server.kafka, "-m", "60", "-t", topic, "-p", "0",
               "-o", "beginning", "-e", "-q", "-Z", "-f", "%o\t%h\t%k\t%s\n"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as kcat:
        for line in kcat.stdout:
            offset, headers, key, value = line.rstrip(b"\n").split(b"\t")
            yield (int(offset), stream_position(headers.decode()), key,
                   None if value == b"NULL" else value)
    if kcat.returncode != 0:
        raise AssertionError(f"kcat ended with status {kcat.returncode} reading {topic}")


def stream_position(headers):
    """(commit, change, part) from "daybook.position=0/16B3748 12 0"; None for a snapshot's row."""
    name, _, text = headers.partition("=")
    if name != "daybook.position":
        raise AssertionError(f"an event without its position: headers {headers!r}")
    commit, change, *part = text.split(" ")
    if change == "r":
        return None
    high, low = commit.split("/")
    return (int(high, 16) << 32) + int(low, 16), int(change), int(part[0])

"""Judges a history (history.py says what that is): every breach of a promise, as a sentence.

The promises, against what is there in the end:

- an acknowledged record is at its offset, in its partition; nothing is there that nobody sent;
- only a producer that is not idempotent may have repeated a record, and each producer's records
  are in the order in which they were sent;
- offsets have no gaps, but in compacted topics;
- a transaction is visible in all its partitions or in none: in all if its end was acknowledged as
  committed, in none if nobody ever asked to commit it; what is in no transaction is visible;
- what a reader was shown is there, without gaps, and its high watermark and last stable offset
  never went back;
- a group's committed offset is the one that was acknowledged last, or one whose commit was under
  way then or later;
- a copy was made of each record before the group's offset, exactly once, and of no other;
- a topic is there if its creation was acknowledged, and gone if its deletion was; deleted records
  stay deleted, and only those;
- of each key of a compacted topic the latest is there, or nothing if that is a tombstone;
- what leaves a topic by its age was too old, and of a limited topic the limit is left.
"""
import bisect
import collections
import dataclasses
import math

from history import History

MOST_BREACHES = 20
COPIED, COPIES, COPY_GROUP = "in", "out", "copy"


def judge(lines):
    """(the breaches, History)"""
    history = History(lines)
    breaches = []
    for check in (_faults, _topics, _logs, _acknowledged, _repeated, _ordered, _dense, _visible,
                  _transactions, _readings, _offsets, _copies, _trims, _retained, _compacted):
        found = list(check(history))
        breaches += found[:MOST_BREACHES]
        if len(found) > MOST_BREACHES:
            breaches.append(f"and {len(found) - MOST_BREACHES} more of this kind")
    return breaches, history


def _name(place):
    return f"{place[0]}-{place[1]}"


def _faults(history):
    yield from history.faults


def _topics(history):
    for topic in history.rules:
        if topic not in history.existing:
            yield f"topic {topic} is gone"
    for topic, events in history.topic_events.items():
        last = events[-1][1]
        if last == "created" and topic not in history.existing:
            yield f"topic {topic} was created, and is gone"
        if last == "deleted" and topic in history.existing:
            yield f"topic {topic} was deleted, and is there"
    for topic in history.existing - set(history.rules) - set(history.topic_events):
        yield f"topic {topic} is there, and nobody created it"


def _logs(history):
    """What is there was sent there, in the life of this topic, and is read in order."""
    for level, places in history.log.items():
        for place, records in places.items():
            before = -1
            for offset, name in records:
                if offset <= before:
                    yield f"{_name(place)} ({level}): offset {offset} follows {before}"
                before = offset
                if name.startswith("!"):
                    continue
                sent = history.sent.get(name)
                if sent is None or sent.place != place:
                    yield f"{_name(place)} offset {offset} is {name}, which nobody sent there"
                elif sent.line < history.begun(place[0]):
                    yield f"{_name(place)} offset {offset} is {name}, from before it was created"


def _expected(history):
    """The acknowledged records that must be there: not those of deleted topics, nor trimmed."""
    for name, sent in history.sent.items():
        if sent.offset is None or sent.topic not in history.existing:
            continue
        if sent.line >= history.begun(sent.topic) and history.rule(sent.topic) != "compacted" \
                and sent.offset >= history.bounds[sent.place][0]:
            yield name, sent


def _acknowledged(history):
    there = {place: dict(records) for place, records in history.log["uncommitted"].items()}
    for name, sent in _expected(history):
        found = there.get(sent.place, {}).get(sent.offset)
        if found != name:
            yield (f"{name} was acknowledged at {_name(sent.place)} offset {sent.offset}, where "
                   f"{'nothing' if found is None else found} is")


def _repeated(history):
    for place, records in history.log["uncommitted"].items():
        seen = {}
        for offset, name in records:
            if name in seen and not name.startswith(("plain-", "!")):
                yield f"{name} is in {_name(place)} twice: at {seen[name]} and at {offset}"
            seen[name] = offset


def _ordered(history):
    for place, records in history.log["uncommitted"].items():
        last, seen = {}, set()
        for offset, name in records:
            if name.startswith("!") or name in seen:
                continue
            seen.add(name)
            worker, _, number = name.rpartition(":")
            if int(number) < last.get(worker, -1):
                yield (f"{_name(place)} offset {offset}: {name} comes after "
                       f"{worker}:{last[worker]}")
            last[worker] = int(number)


def _dense(history):
    for place, (start, end) in history.bounds.items():
        rule = history.rule(place[0])
        if rule == "compacted":
            continue
        if rule == "dense" and start != 0:
            yield f"{_name(place)} starts at {start}, and nobody deleted records"
        expected = start
        for offset, _ in history.log["uncommitted"][place]:
            if offset != expected:
                yield f"{_name(place)} has a gap: offset {offset} comes where {expected} should"
            expected = offset + 1
        if expected != end:
            yield f"{_name(place)} ends at {end}, and its last record is before {expected}"


def _visible(history):
    """Both levels show the same records, but for those of transactions and the markers."""
    for place, records in history.log["uncommitted"].items():
        visible = dict(history.log["committed"][place])
        for offset, name in records:
            if name.startswith("!") or name not in history.sent:
                continue
            if history.sent[name].transaction == 0 and visible.get(offset) != name:
                yield f"{name} at {_name(place)} offset {offset} is not shown to read_committed"
        stored = dict(records)
        for offset, name in visible.items():
            if stored.get(offset) != name:
                yield f"read_committed is shown {name} at {_name(place)} offset {offset}: it is not"


def _transactions(history):
    visible = {(name, place) for place, records in history.log["committed"].items()
               for _, name in records}
    for (worker, number), transaction in history.transactions.items():
        shown = [f"{sent.worker}:{sent.number}" for sent in transaction.sent
                 if (f"{sent.worker}:{sent.number}", sent.place) in visible]
        what = f"transaction {number} of {worker}"
        if shown and not transaction.may_be_visible():
            yield f"{what} was never committed, and {shown[0]} is shown to read_committed"
        if not shown and not transaction.must_be_visible():
            continue
        for sent in transaction.sent:
            name = f"{sent.worker}:{sent.number}"
            if transaction.must_be_visible() and sent.offset is None:
                yield f"{what} was committed, and {name} had not been acknowledged"
            if history.rule(sent.topic) == "dense" and (name, sent.place) not in visible:
                yield f"{what} is committed, and {name} is not shown to read_committed"


def _readings(history):
    for (reader, level, place), steps in history.readings.items():
        records = [r for r in history.log[level][place] if not r[1].startswith("!")]
        offsets = [offset for offset, _ in records]
        where = f"{reader} ({level}) in {_name(place)}"
        position, high_before, stable_before = 0, 0, 0
        for line, *step in steps:
            if len(step) == 1:
                position = step[0]
                continue
            high, stable, seen = step
            if high < high_before:
                yield f"{where}: the high watermark went back from {high_before} to {high}"
            if stable < stable_before:
                yield f"{where}: the last stable offset went back from {stable_before} to {stable}"
            high_before, stable_before = max(high, high_before), max(stable, stable_before)
            limit = stable if level == "committed" else high
            if seen[-1][0] >= limit:
                yield f"{where}: was shown offset {seen[-1][0]}, and the limit is {limit}"
            first = bisect.bisect_left(offsets, position)
            if records[first:first + len(seen)] != seen:
                yield (f"{where}: from {position} on it was shown {seen[:3]}... (line {line}); "
                       f"there is {records[first:first + 3]}...")
            position = seen[-1][0] + 1


@dataclasses.dataclass
class Commit:
    """A commit took effect, if at all, between two lines: when it was asked for, and when it was
    acknowledged or, without an answer, its worker went on to the next."""
    worker: str
    offset: int
    asked: int
    ended: float = math.inf
    acknowledged: bool = False


def _commits(events):
    commits, latest = [], {}  # worker -> its latest
    for event in events:
        before = latest.get(event.worker)
        if event.kind == "commit":
            if before and not before.acknowledged:
                before.ended = event.line
            latest[event.worker] = Commit(event.worker, event.offset, event.line)
            commits.append(latest[event.worker])
        elif event.kind == "committed" and before and before.offset == event.offset:
            before.acknowledged, before.ended = True, event.line
    return commits


def _stale(commits, offset, asked=math.inf, answered=math.inf):
    """Why a question asked and answered then cannot have that answer; "" if it can.

    A client may go back: one that lost its partitions to another, and does not know it yet, may
    commit what it had read. So it is the order of the commits that counts, not their offsets.
    """
    sure = [c for c in commits if c.acknowledged and c.ended < asked]
    last = max(sure, key=lambda c: c.asked, default=None)
    if offset == -1:
        return f"{last.offset} had been committed" if last else ""
    found = [c for c in commits if c.offset == offset and c.asked < answered]
    if not found:
        return "nobody had committed that"
    if last and all(c.ended < last.asked for c in found):
        return f"{last.offset} had been committed"
    return ""


def _offsets(history):
    for (group, place), events in history.offsets.items():
        commits = _commits(events)
        asked = {}  # worker -> the line
        for event in events:
            if event.kind == "ask":
                asked[event.worker] = event.line
            elif event.kind == "answer":
                why = _stale(commits, event.offset, asked.get(event.worker, 0), event.line)
                if why:
                    yield (f"group {group} was told of {event.offset} in {_name(place)} (line "
                           f"{event.line}), and {why}")
        final = history.groups.get((group, place), -1)
        why = _stale(commits, final)
        if why:
            yield f"group {group} is at {final} in {_name(place)}, and {why}"


def _copies(history):
    partitions = {place for place in history.bounds if place[0] == COPIED}
    if not any(place[0] == COPIES for place in history.bounds):
        return
    made = collections.Counter()
    for place, records in history.log["committed"].items():
        if place[0] == COPIES:
            made.update(history.sent[name].origin for _, name in records if name in history.sent)
    for place in sorted(partitions):
        upto = history.groups.get((COPY_GROUP, place), 0)
        for offset, name in history.log["committed"][place]:
            count = made.pop(f"{place[1]}:{offset}", 0)
            if count != (1 if offset < upto else 0):
                yield (f"{name}, at {_name(place)} offset {offset}, was copied {count} times; "
                       f"the group is at {upto}")
    made.pop("-", None)
    for origin in made:
        yield f"there is a copy of {origin}, which is not shown to read_committed"


def _trims(history):
    for place, events in history.trims.items():
        low = most = 0
        for kind, offset in events:
            if kind == "trim":
                most = max(most, offset)
            elif offset < low:
                yield f"{_name(place)} starts at {offset}, and records before {low} were deleted"
            low = max(low, offset if kind != "trim" else 0)
        start = history.bounds[place][0]
        if not low <= start <= most:
            yield (f"{_name(place)} starts at {start}; it had started at {low}, and nobody asked "
                   f"for more than {most}")


def _retained(history):
    for place, (start, _) in history.bounds.items():
        kept_ms, kept_bytes = history.kept.get(place[0], (-1, -1))
        seen = 0
        for offset, _ in history.ages[place]:
            if offset < seen:
                yield f"{_name(place)} starts at {offset}, after it had started at {seen}"
            seen = max(seen, offset)
        if start < seen:
            yield f"{_name(place)} starts at {start}, after it had started at {seen}"
        if kept_ms >= 0:
            yield from _too_young(history, place, kept_ms)
        if kept_bytes >= 0 and start > 0 and history.sizes[place] < kept_bytes:
            yield (f"{_name(place)} lost what is before {start}; {history.sizes[place]} bytes are "
                   f"left, and {kept_bytes} were to stay")


def _too_young(history, place, kept_ms):
    """What was gone, and had not been there for long enough."""
    sent = sorted((sent.offset, int(sent.key)) for sent in history.sent.values()
                  if sent.place == place and sent.offset is not None and sent.key.isdigit())
    position = youngest = 0
    for start, now in history.ages[place]:
        while position < len(sent) and sent[position][0] < start:
            youngest = max(youngest, sent[position][1])
            position += 1
        if now - youngest < kept_ms:
            yield (f"{_name(place)} starts at {start}, and a record before that is "
                   f"{now - youngest} ms old")


def _compacted(history):
    by_key = collections.defaultdict(list)
    for name, sent in history.sent.items():
        if history.rules.get(sent.topic) == "compacted" and sent.key != "-":
            by_key[sent.place, sent.key].append((name, sent))
    there = {place: {name: offset for offset, name in records}
             for place, records in history.log["committed"].items()}
    for (place, key), records in by_key.items():
        found = there.get(place, {})
        for name, sent in records:
            if sent.offset is not None and found.get(name, sent.offset) != sent.offset:
                yield f"{name} moved from {_name(place)} offset {sent.offset} to {found[name]}"
        yield from _latest(history, f"key {key} of {_name(place)}", records, found)


def _latest(history, what, records, found):
    sure = [(sent.offset, name, sent) for name, sent in records
            if sent.offset is not None and (not sent.transaction or
                                            history.transaction_of(sent).must_be_visible())]
    if not sure:
        return
    offset, name, last = max(sure)
    later = [sent for _, sent in records if sent.number > last.number
             and (not sent.transaction or history.transaction_of(sent).may_be_visible())]
    if later or name in found:
        return
    older = [n for n, at in found.items() if at < offset and n in {m for m, _ in records}]
    if not last.tombstone:
        yield f"{what}: the latest, {name} at offset {offset}, is gone"
    elif older:
        yield f"{what}: {older[0]} is there, its tombstone {name} at offset {offset} is not"

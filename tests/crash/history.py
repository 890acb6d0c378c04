"""What clients attempted, were promised and saw while a log was killed again and again.

A history is lines of fields separated by tabs, in the order of time: an attempt is written before
it is made, an answer after it came. tests/tools/franz-go/crashload writes it; `checker` judges it.

    topic     TOPIC PARTITIONS RULE          is there from now on; RULE: dense, compacted, trimmed,
                                             aged, sized
    keep      TOPIC MS BYTES                 that much of it must stay; -1: not limited by that
    send      WORKER N TOPIC PARTITION TXN KEY KIND FROM
                                             TXN 0, KEY -, FROM -: none; KIND: value, tombstone
    ack       WORKER N OFFSET                acknowledged; without it a record may be there or not
    unknown   WORKER N REASON                the client gave up on it
    end       WORKER TXN commit|abort        the end of a transaction is asked for
    ended     WORKER TXN committed|aborted|unknown
    seek      READER LEVEL TOPIC PARTITION OFFSET       goes on reading there
    read      READER LEVEL TOPIC PARTITION HIGH_WATERMARK LAST_STABLE OFFSET=ID,OFFSET=ID...
    commit    WORKER GROUP TOPIC PARTITION OFFSET       is asked for
    committed WORKER GROUP TOPIC PARTITION OFFSET       acknowledged
    ask       WORKER GROUP TOPIC PARTITION              for the committed offset
    answer    WORKER GROUP TOPIC PARTITION OFFSET       -1: none
    create, created, delete, deleted TOPIC
    trim      TOPIC PARTITION OFFSET         the records before it are to be deleted
    trimmed   TOPIC PARTITION LOW            acknowledged
    start     TOPIC PARTITION OFFSET         where it was seen to start
    aged      TOPIC PARTITION OFFSET NOW     likewise, and a time after that; the key of each record
                                             of this topic is its time
    fault     TEXT                           something that must never happen

and, in the end, what is there:

    exists    TOPIC
    bounds    TOPIC PARTITION START END
    size      TOPIC PARTITION BYTES
    log       LEVEL TOPIC PARTITION OFFSET ID    every record; of a marker: !commit or !abort
    group     GROUP TOPIC PARTITION OFFSET

An ID is WORKER:N. LEVEL is committed or uncommitted. What stands before the hyphen of a WORKER is
its kind: `plain` may repeat a record, no other may.
"""
import collections
import dataclasses


@dataclasses.dataclass
class Sent:
    """One record that a worker tried to append."""
    worker: str
    number: int
    topic: str
    partition: int
    transaction: int
    key: str
    tombstone: bool
    origin: str  # what it is a copy of: "PARTITION:OFFSET", or "-"
    line: int
    offset: int = None  # that was acknowledged

    @property
    def place(self):
        return self.topic, self.partition


@dataclasses.dataclass
class Transaction:
    asked: str = ""  # commit or abort
    result: str = ""  # committed, aborted or unknown
    sent: list = dataclasses.field(default_factory=list)

    def may_be_visible(self):
        return self.asked == "commit" and self.result != "aborted"

    def must_be_visible(self):
        return self.result == "committed"


@dataclasses.dataclass
class OffsetEvent:
    line: int
    kind: str  # commit, committed, ask or answer
    worker: str
    offset: int


class History:
    """The lines, sorted into what belongs together. Places are (topic, partition)."""

    def __init__(self, lines):
        self.rules = {}                                       # topic -> rule
        self.sent = {}                                        # id -> Sent
        self.transactions = collections.defaultdict(Transaction)   # (worker, number)
        self.readings = collections.defaultdict(list)         # (reader, level, place) -> fields
        self.offsets = collections.defaultdict(list)          # (group, place) -> OffsetEvents
        self.topic_events = collections.defaultdict(list)     # topic -> (line, kind)
        self.trims = collections.defaultdict(list)            # place -> (kind, offset)
        self.kept = {}                                        # topic -> (ms, bytes)
        self.ages = collections.defaultdict(list)             # place -> (start, now)
        self.faults = []
        self.existing = set()
        self.bounds = {}                                      # place -> (start, end)
        self.sizes = {}                                       # place -> bytes
        self.log = {"committed": collections.defaultdict(list),      # place -> (offset, id)
                    "uncommitted": collections.defaultdict(list)}
        self.groups = {}                                      # (group, place) -> offset
        self.counts = collections.Counter()                   # of lines, by kind
        for self._line, line in enumerate(lines, 1):
            kind, *fields = line.rstrip("\n").split("\t")
            self.counts[kind] += 1
            try:
                getattr(self, f"_{kind}")(*fields)
            except (AttributeError, TypeError, ValueError, KeyError) as error:
                raise ValueError(f"line {self._line}: {line.strip()[:200]}: {error!r}") from error

    def _topic(self, topic, _partitions, rule):
        self.rules[topic] = rule

    def _send(self, worker, number, topic, partition, transaction, key, kind, origin):
        sent = Sent(worker, int(number), topic, int(partition), int(transaction), key,
                    kind == "tombstone", origin, self._line)
        name = f"{worker}:{number}"
        if name in self.sent:
            raise ValueError("it was sent before")
        self.sent[name] = sent
        if sent.transaction:
            self.transactions[worker, sent.transaction].sent.append(sent)

    def _ack(self, worker, number, offset):
        self.sent[f"{worker}:{number}"].offset = int(offset)

    def _unknown(self, worker, number, _reason):
        if self.sent[f"{worker}:{number}"].offset is not None:
            raise ValueError("it was acknowledged")

    def _end(self, worker, transaction, asked):
        self.transactions[worker, int(transaction)].asked = asked

    def _ended(self, worker, transaction, result, *_reason):
        self.transactions[worker, int(transaction)].result = result

    def _seek(self, reader, level, topic, partition, offset):
        self.readings[reader, level, (topic, int(partition))].append((self._line, int(offset)))

    def _read(self, reader, level, topic, partition, high, stable, records):
        seen = [record.split("=") for record in records.split(",")]
        self.readings[reader, level, (topic, int(partition))].append(
            (self._line, int(high), int(stable), [(int(offset), name) for offset, name in seen]))

    def _offset_event(self, kind, worker, group, topic, partition, offset):
        self.offsets[group, (topic, int(partition))].append(
            OffsetEvent(self._line, kind, worker, offset))

    def _commit(self, worker, group, topic, partition, offset):
        self._offset_event("commit", worker, group, topic, partition, int(offset))

    def _committed(self, worker, group, topic, partition, offset):
        self._offset_event("committed", worker, group, topic, partition, int(offset))

    def _ask(self, worker, group, topic, partition):
        self._offset_event("ask", worker, group, topic, partition, None)

    def _answer(self, worker, group, topic, partition, offset):
        self._offset_event("answer", worker, group, topic, partition, int(offset))

    def _create(self, topic):
        self.topic_events[topic].append((self._line, "create"))

    def _created(self, topic):
        self.topic_events[topic].append((self._line, "created"))

    def _delete(self, topic):
        self.topic_events[topic].append((self._line, "delete"))

    def _deleted(self, topic):
        self.topic_events[topic].append((self._line, "deleted"))

    def _trim(self, topic, partition, offset):
        self.trims[topic, int(partition)].append(("trim", int(offset)))

    def _trimmed(self, topic, partition, offset):
        self.trims[topic, int(partition)].append(("trimmed", int(offset)))

    def _start(self, topic, partition, offset):
        self.trims[topic, int(partition)].append(("start", int(offset)))

    def _keep(self, topic, milliseconds, size):
        self.kept[topic] = int(milliseconds), int(size)

    def _aged(self, topic, partition, offset, now):
        self.ages[topic, int(partition)].append((int(offset), int(now)))

    def _size(self, topic, partition, size):
        self.sizes[topic, int(partition)] = int(size)

    def _fault(self, text):
        self.faults.append(text)

    def _exists(self, topic):
        self.existing.add(topic)

    def _bounds(self, topic, partition, start, end):
        self.bounds[topic, int(partition)] = int(start), int(end)

    def _log(self, level, topic, partition, offset, name):
        self.log[level][topic, int(partition)].append((int(offset), name))

    def _group(self, group, topic, partition, offset):
        self.groups[group, (topic, int(partition))] = int(offset)

    def rule(self, topic):
        """What holds for the offsets of a topic: those that come and go are dense."""
        return self.rules.get(topic, "dense")

    def transaction_of(self, sent):
        return self.transactions[sent.worker, sent.transaction] if sent.transaction else None

    def begun(self, topic):
        """The line from which on the present topic of that name took records."""
        events = self.topic_events.get(topic, ())
        return max((line for line, kind in events if kind == "create"), default=0)

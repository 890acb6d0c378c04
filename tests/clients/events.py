"""Events of every shape that a client can send, made from a seed, and their comparison."""
import random
import typing

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


class Event(typing.NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: tuple = ()
    timestamp_ms: int = 0


def mixed(count, seed, start_ms=1_700_000_000_000):
    """Keys and values absent, empty, short, repetitive and incompressible; headers likewise."""
    rng = random.Random(seed)
    events = [
        Event(None, b"no key", (), start_ms),
        Event(b"", b"empty key", (), start_ms),
        Event(b"tombstone", None, (), start_ms),
        Event(b"empty", b"", (("empty", b""), ("", b"no name"), ("twice", b"1"), ("twice", b"2")),
              start_ms),
        Event("schlüssel".encode(), "wert €".encode(), (("größe", "ß".encode()),), start_ms),
        Event(b"\x00\xff", bytes(range(256)), (("binary", b"\x00\x01\xff"),), start_ms),
    ]
    while len(events) < count:
        n = len(events)
        size = rng.choice([0, 1, 100, 1000, 20_000])
        value = rng.randbytes(size) if rng.random() < 0.3 else (b"payment %d;" % n) * (size // 10)
        headers = tuple((f"h{i}", rng.randbytes(rng.randrange(20)))
                        for i in range(rng.randrange(3)))
        events.append(Event(b"account-%d" % rng.randrange(50), value, headers, start_ms + n))
    return events[:count]


def assert_same(test, sent, received):
    """Fails at the first difference, without printing megabytes."""
    test.assertEqual(len(sent), len(received), "number of events")
    for n, (before, after) in enumerate(zip(sent, received)):
        for field in Event._fields:
            if getattr(before, field) != getattr(after, field):
                test.fail(f"event {n}: {field} was {str(getattr(before, field))[:200]}, "
                          f"came back as {str(getattr(after, field))[:200]}")

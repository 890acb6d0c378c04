"""The Kafka protocol by hand, as far as it takes to send what no client would send."""
import socket
import struct

from support import waiting

PRODUCE, FETCH, LIST_OFFSETS, METADATA = 0, 1, 2, 3
FIND_COORDINATOR, JOIN_GROUP, API_VERSIONS, CREATE_TOPICS, INIT_PRODUCER_ID = 10, 11, 18, 19, 22
CORRUPT_MESSAGE, UNSUPPORTED_VERSION = 2, 35

_CRC_TABLE = []
for _n in range(256):
    for _ in range(8):
        _n = (_n >> 1) ^ (0x82F63B78 if _n & 1 else 0)
    _CRC_TABLE.append(_n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def varint(number):
    """Zig-zag, as inside a record."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def request(api, version, body, correlation=1, client="raw"):
    """A framed request with header version 1 (API versions before the flexible ones)."""
    message = struct.pack(">hhi", api, version, correlation) + string(client) + body
    return struct.pack(">i", len(message)) + message


def record(value, offset_delta=0):
    body = b"\0" + varint(0) + varint(offset_delta) + varint(-1) + varint(len(value)) + value
    body += varint(0)
    return varint(len(body)) + body


def batch(values, crc=None, attributes=0, count=None, payload=None):
    """A record batch v2. `crc`, `count` and `payload` replace what would be right."""
    records = payload if payload is not None else \
        b"".join(record(value, n) for n, value in enumerate(values))
    number = len(values) if count is None else count
    covered = struct.pack(">hiqqqhii", attributes, max(number - 1, 0), 1000, 1000, -1, -1, -1,
                          number) + records
    checked = struct.pack(">IB", 0, 2) + struct.pack(">I", crc32c(covered) if crc is None else crc)
    after_length = checked + covered
    return struct.pack(">qi", 0, len(after_length)) + after_length


def produce(topic, records, version=3, correlation=1):
    body = struct.pack(">h", -1) + struct.pack(">hi", -1, 10_000)  # no transaction, acks=all
    body += struct.pack(">i", 1) + string(topic)
    body += struct.pack(">ii", 1, 0) + struct.pack(">i", len(records)) + records
    return request(PRODUCE, version, body, correlation)


def produce_error(response, topic):
    """(error code, base offset) of the only partition of a Produce v3 response."""
    at = 4 + 4 + 2 + len(topic) + 4 + 4  # correlation, topics, name, partitions, index
    return struct.unpack_from(">hq", response, at)


def metadata(topics, version=1, count=None):
    body = struct.pack(">i", len(topics) if count is None else count)
    return request(METADATA, version, body + b"".join(string(topic) for topic in topics))


def fetch(topic, offset, max_bytes=1 << 20, version=4):
    body = struct.pack(">iiiib", -1, 100, 1, max_bytes, 0) + struct.pack(">i", 1) + string(topic)
    body += struct.pack(">iiqi", 1, 0, offset, max_bytes)
    return request(FETCH, version, body)


def list_offsets(topic, time, version=1):
    body = struct.pack(">ii", -1, 1) + string(topic) + struct.pack(">iiq", 1, 0, time)
    return request(LIST_OFFSETS, version, body)


def valid_requests(topic):
    """One good request of several APIs: what truncations and mutations start from."""
    return [
        request(API_VERSIONS, 0, b""),
        metadata([topic]),
        produce(topic, batch([b"one", b"two"])),
        fetch(topic, 0),
        list_offsets(topic, -1),
        request(FIND_COORDINATOR, 1, string("group") + b"\0"),
        request(JOIN_GROUP, 2, string("group") + struct.pack(">ii", 10_000, 10_000) + string("")
                + string("consumer") + struct.pack(">i", 1) + string("range")
                + struct.pack(">i", 4) + b"meta"),
        request(INIT_PRODUCER_ID, 0, struct.pack(">hi", -1, 1000)),
    ]


class Connection:
    def __init__(self, address, timeout_s=waiting.PATIENCE_S):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False if the other side has closed the connection."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def receive(self):
        """The next response without its length, or None if the connection was closed."""
        size = self._exactly(4)
        return None if size is None else self._exactly(struct.unpack(">i", size)[0])

    def ask(self, data):
        return self.receive() if self.send(data) else None

    def closed(self):
        """True once the other side closes; what it sends before is read and dropped."""
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.socket.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not more:
                return None
            data += more
        return data

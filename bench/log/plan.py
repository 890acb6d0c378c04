"""What is measured, and for how long."""
import dataclasses
import itertools


@dataclasses.dataclass(frozen=True)
class Setting:
    """Of a throughput measurement."""
    record_bytes: int
    partitions: int
    compression: str
    synced: bool

    def label(self):
        size = "1 KB" if self.record_bytes == 1000 else f"{self.record_bytes} B"
        of = "partition" if self.partitions == 1 else "partitions"
        return f"{size}, {self.partitions} {of}, {self.compression}"


SETTINGS = [Setting(*values) for values in itertools.product(
    (100, 1000), (1, 64), ("none", "lz4"), (False, True))]


@dataclasses.dataclass(frozen=True)
class Plan:
    name: str
    repeats: int
    starts: int                # besides those of the servers that are loaded
    warm_up_s: float           # of each kind of load, for each server
    produce_s: float
    consume_s: float
    max_bytes: int             # of one topic
    latency_s: float
    latency_warm_up_s: float
    synced_s: float            # of one turn
    bare_s: float              # of each loop that does the server's part and nothing else
    tool_records: int          # of Kafka's own clients, with 100 B
    tool_record_bytes: tuple = (100, 1000)
    settings: tuple = tuple(SETTINGS)


FULL = Plan("full", repeats=3, starts=5, warm_up_s=6, produce_s=3, consume_s=2.5,
            max_bytes=1_000_000_000, latency_s=8, latency_warm_up_s=3, synced_s=3, bare_s=2,
            tool_records=4_000_000)
QUICK = Plan("quick", repeats=1, starts=1, warm_up_s=3, produce_s=1.5, consume_s=1,
             max_bytes=500_000_000, latency_s=3, latency_warm_up_s=1, synced_s=1, bare_s=1,
             tool_records=1_000_000)
# Only that everything runs: nothing is claimed from its figures.
SMOKE = Plan("smoke", repeats=1, starts=0, warm_up_s=0.2, produce_s=0.2, consume_s=0.2,
             max_bytes=20_000_000, latency_s=0.3, latency_warm_up_s=0.2, synced_s=0.2, bare_s=0.2,
             tool_records=20_000, tool_record_bytes=(100,),
             settings=(Setting(100, 1, "none", False), Setting(1000, 64, "lz4", True)))

PLANS = {plan.name: plan for plan in (FULL, QUICK, SMOKE)}

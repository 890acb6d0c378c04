"""What is measured, and with how many events."""
import dataclasses

SPARE = 0.3  # of the events, at the beginning: Java has compiled what it runs after them


@dataclasses.dataclass(frozen=True)
class Plan:
    name: str
    repeats: int
    map_events: int
    folds: tuple              # (keys, events)
    rebuilds: tuple           # likewise, of a view of Daybook's
    latency_s: int
    latency_warm_up_s: int
    memory_s: int
    memory_rate: int = 20_000
    latency_rate: int = 5_000
    logs: tuple = ("Daybook", "Kafka")


FULL = Plan("full", repeats=3, map_events=3_000_000,
            folds=((100_000, 4_000_000), (1_000_000, 4_000_000)),
            rebuilds=((100_000, 10_000_000), (1_000_000, 10_000_000)),
            latency_s=30, latency_warm_up_s=10, memory_s=30)
QUICK = Plan("quick", repeats=1, map_events=1_000_000,
             folds=((100_000, 2_000_000), (1_000_000, 2_000_000)),
             rebuilds=((100_000, 10_000_000), (1_000_000, 10_000_000)),
             latency_s=10, latency_warm_up_s=8, memory_s=10)
# Only that everything runs: nothing is claimed from its figures.
SMOKE = Plan("smoke", repeats=1, map_events=20_000, folds=((1_000, 20_000),),
             rebuilds=((1_000, 20_000),), latency_s=2, latency_warm_up_s=1, memory_s=2,
             memory_rate=1_000, latency_rate=500, logs=("Daybook",))

PLANS = {plan.name: plan for plan in (FULL, QUICK, SMOKE)}

"""The measurements. The programs take turns on each log, and every figure is kept: medians are
taken by who reports."""
import time

from support import BUILD, daybook, processes, waiting

from apps import latency, plan as plans, programs, views
from log import measure as log_measure, systems

LOAD = BUILD / "app_load"
PARTITIONS = 4
REBUILD_PARTS = 10
say = log_measure.say


def load(mode, log, topic, timeout_s=600, **settings):
    arguments = [f"{name}={value}" for name, value in
                 {"bootstrap": log.kafka, "topic": topic, **settings}.items()]
    return processes.run(["taskset", "-c", systems.CLIENT_CORE, LOAD, mode, *arguments],
                         timeout_s=timeout_s)


def fill(log, topic, events, keys):
    load("create", log, topic, partitions=PARTITIONS)
    load("fill", log, topic, records=events, keys=keys)
    return topic


def steady(taken):
    """What it was from the point at which Java is warm up to the end."""
    last = taken[-1]
    first = next(sample for sample in taken if sample[1] >= plans.SPARE * last[1])
    if first is last:  # all of it between two looks
        first = taken[0]
    return {"events": last[1] - first[1], "seconds": last[0] - first[0],
            "cpu_s": last[2] - first[2], "log_cpu_s": last[3] - first[3],
            "whole_seconds": last[0] - taken[0][0],
            "resident_bytes": max(sample[4] for sample in taken)}


def warm_up(plan, apps, log, folder):
    """Each maps a topic once and is not measured: who comes first would pay for what a log in Java
    has to compile."""
    topic = fill(log, "bench.warm", plan.map_events, 100_000)
    for app in apps:
        with app.start(log, folder / f"warm-{app.name.replace(' ', '')}", topic, "map") as running:
            programs.samples(running, plan.map_events, app.events, log)


def drains(plan, apps, log_name, log, folder):
    """map and fold of a topic that is there, from its beginning."""
    warm_up(plan, apps, log, folder)
    figures = []
    jobs = [("map", 100_000, plan.map_events)]
    jobs += [("fold", keys, events) for keys, events in plan.folds]
    for mode, keys, events in jobs:
        topic = fill(log, f"bench.{mode}.{keys}", events, keys)
        for repeat in range(plan.repeats):
            for app in apps:
                home = folder / f"{mode}-{keys}-{app.name.replace(' ', '')}-{repeat}"
                with app.start(log, home, topic, mode) as running:
                    taken = programs.samples(running, events, app.events, log)
                    figures.append({"log": log_name, "app": app.name, "mode": mode, "keys": keys,
                                    **steady(taken)})
                    say(f"{mode}, {keys:,} keys: {figures[-1]}")
    return figures


def rebuilds(plan, app, log_name, log, folder):
    """A view is built from a topic that is there, and built again beside the first."""
    figures = []
    for keys, events in plan.rebuilds:
        topic = fill(log, f"bench.rebuild.{keys}", events, keys)
        with app.start(log, folder / f"rebuild-{keys}", topic, "fold") as running:
            programs.samples(running, events, app.events, log)
            figures.append({"log": log_name, "keys": keys, "built": events,
                            **_rebuild(running, events, app, log)})
        say(f"rebuild: {figures[-1]}")
    return figures


def _rebuild(running, events, app, log):
    """The rate in each part of a rebuild, beside the version that answers."""
    waiting.until(lambda: views.versions(running)[-1]["ready"], 60, "the first version")
    began = time.monotonic()
    views.post(running, "/views/fold/rebuild")
    waiting.until(lambda: len(views.versions(running)) == 2, 60, "the second version")
    taken = programs.samples(running, events, app.events, log)
    taken.insert(0, (began, 0, *taken[0][2:]))  # a small one is whole at the first look
    parts = []
    for part in range(REBUILD_PARTS):
        bounds = [next(sample for sample in taken if sample[1] >= events * share / REBUILD_PARTS)
                  for share in (part, part + 1)]
        first, last = bounds
        if last[0] > first[0]:
            parts.append((last[1] - first[1]) / (last[0] - first[0]))
    return {"rates": parts, **steady(taken)}


def latencies(plan, apps, log_name, log, folder):
    figures = []
    for repeat in range(plan.repeats):
        for app in apps:
            kind = app.name.replace(" ", "")
            topic = f"bench.latency.{kind}.{repeat}"
            load("create", log, topic, partitions=1)
            measured = latency.of_daybook if isinstance(app, programs.Daybook) else \
                latency.of_streams
            with app.start(log, folder / f"latency-{kind}-{repeat}", topic, "latency",
                           plan.latency_warm_up_s * plan.latency_rate) as running:
                figures.append({"log": log_name, "app": app.name,
                                **measured(plan, running, log, topic)})
            say(f"latency: {figures[-1]}")
    return figures


def memory(plan, folder):
    """`daybook up` with ten views while events come in."""
    app = folder / "ten.yaml"
    app.write_text(views.app_of("ten", "ten", "bench.ten"))
    most = 0
    with daybook.up(app, folder / "ten") as server:
        waiting.until(lambda: views.get(server, "/status")["ready"], 60, server.tail)
        records = plan.memory_rate * plan.memory_s
        began = time.monotonic()
        with latency.pace(server, "bench.ten", records, plan.memory_rate, folder / "pace.log",
                          keys=100_000) as pacer:

            def caught_up():
                nonlocal most
                most = max(most, server.resident_bytes())
                return not pacer.running() and views.least_applied(server) == records

            waiting.until(caught_up, 600 + 10 * plan.memory_s,
                          lambda: f"{records} events in ten views; {views.least_applied(server)}")
    result = {"rate": plan.memory_rate, "events": records, "resident_bytes": most,
              "seconds": time.monotonic() - began}
    say(f"memory: {result}")
    return result

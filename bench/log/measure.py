"""The measurements. Each takes turns between the systems, in the same order, and keeps every
figure: medians are taken by who reports."""
import re
import time

from support import kafka, processes

from log import load, systems

LATENCY_PARTITIONS = (1, 64)
IO_THREADS = (1, 2)
BARE_MODES = {"produce": "bare-receive", "consume": "bare-send"}
_TOOLS = {"produce": "kafka-producer-perf-test",
          "consume": "org.apache.kafka.tools.ConsumerPerformance"}


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def start_up(plan, folder):
    """Seconds from exec to the first accepted connection, in a folder without topics."""
    figures = []
    for n in range(plan.starts):
        for system in systems.SYSTEMS:
            home = folder / f"start-{system.name}-{n}"
            if isinstance(system, systems.Kafka):
                system.prepare(home)
            with system.start(home, synced=False) as server:
                figures.append({"system": system.name, "start_s": server.start_s})
            say(f"start-up: {figures[-1]}")
    return figures


def memory(servers):
    return [{"system": system.name, "resident_bytes": server.resident_bytes()}
            for (system, synced), server in servers.items() if not synced]


def warm_up(plan, servers):
    """Every kind of load for a while, so that Java has compiled what it will run."""
    for (system, synced), server in servers.items():
        for record_bytes, partitions, compression in ((100, 1, "lz4"), (1000, 64, "none")):
            with load.topic(system, server, partitions, synced) as topic:
                common = dict(broker=server.kafka, topic=topic, partitions=partitions,
                              record_bytes=record_bytes)
                load.run("produce", seconds=plan.warm_up_s, compression=compression,
                         max_bytes=plan.max_bytes, **common)
                load.run("consume", seconds=plan.warm_up_s / 2, **common)
                load.run("latency", seconds=plan.warm_up_s / 2, **common)
    say("warmed up")


def throughput(plan, servers):
    figures = []
    for _ in range(plan.repeats):
        for setting in plan.settings:
            for (system, synced), server in servers.items():
                if synced == setting.synced:
                    figures += _produce_and_consume(plan, system, server, setting)
    return figures


def _produce_and_consume(plan, system, server, setting):
    figures = []
    with load.topic(system, server, setting.partitions, setting.synced) as topic:
        common = dict(topic=topic, partitions=setting.partitions,
                      record_bytes=setting.record_bytes)
        modes = [("produce", dict(seconds=plan.produce_s, max_bytes=plan.max_bytes,
                                  compression=setting.compression))]
        if not setting.synced:  # reading is the same, however it was written
            modes.append(("consume", dict(seconds=plan.consume_s)))
        for mode, more in modes:
            result = load.measured(server, mode, **common, **more)
            figures.append({"system": system.name, "mode": mode, "setting": vars(setting),
                            **result})
            say(f"{mode}, {setting.label()}{', synced' * setting.synced}: {system.name} "
                f"{result['records'] / result['seconds']:,.0f} records/s")
    return figures


def latency(plan, servers):
    figures = []
    for _ in range(plan.repeats):
        for partitions in LATENCY_PARTITIONS:
            for (system, synced), server in servers.items():
                with load.topic(system, server, partitions, synced) as topic:
                    result = load.measured(
                        server, "latency", topic=topic, partitions=partitions, record_bytes=100,
                        seconds=plan.latency_s, warm_up_seconds=plan.latency_warm_up_s)
                figures.append({"system": system.name, "partitions": partitions,
                                "synced": synced, **result})
                say(f"latency: {figures[-1]}")
    return figures


def synced_appends(plan, servers, folder):
    """One append at a time, acknowledged when synced; and a bare fdatasync loop, in turns.

    Once by a client that stays awake, so that only the server's time counts, and once by one that
    sleeps while it waits, as most do.
    """
    figures = []
    for _ in range(max(plan.repeats, 2)):
        result = load.run("bare-syncs", folder=folder, record_bytes=1000, seconds=plan.synced_s)
        figures.append({"system": "bare fdatasync", "awake": None, **result})
        for (system, synced), server in servers.items():
            if not synced:
                continue
            for awake in ("yes", "no"):
                with load.topic(system, server, 1, synced) as topic:
                    result = load.measured(server, "synced-appends", topic=topic, awake=awake,
                                           record_bytes=1000, seconds=plan.synced_s)
                figures.append({"system": system.name, "awake": awake, **result})
    say(f"synced appends: {figures}")
    return figures


def bare(plan, folder):
    """What the kernel takes for a server's part of consume and produce, without a server."""
    figures = []
    kinds = {(s.partitions, s.compression) for s in plan.settings if not s.synced}
    loops = [("produce", *kind) for kind in sorted(kinds)] + [("consume", 64, "none")]
    for _ in range(plan.repeats):
        for mode, partitions, compression in loops:
            result = load.run(BARE_MODES[mode], folder=folder, record_bytes=1000,
                              partitions=partitions, compression=compression,
                              seconds=plan.bare_s, max_bytes=plan.max_bytes,
                              server_core=systems.SERVER_CORE)
            figures.append({"mode": mode, "partitions": partitions, "compression": compression,
                            **result})
    say(f"bare: {figures}")
    return figures


def scaling(plan, folder):
    """Daybook on both cores, which it shares with the load generator, by I/O threads."""
    figures = []
    daybook = systems.SYSTEMS[0]
    for repeat in range(plan.repeats):
        for threads in IO_THREADS:
            home = folder / f"scaling-{repeat}-{threads}"
            with daybook.start(home, False, systems.BOTH_CORES, threads) as server, \
                    load.topic(daybook, server, 64, False) as topic:
                for mode, seconds in (("produce", plan.produce_s), ("consume", plan.consume_s)):
                    result = load.measured(
                        server, mode, topic=topic, partitions=64, record_bytes=100, connections=4,
                        seconds=seconds, max_bytes=plan.max_bytes, core=systems.BOTH_CORES)
                    figures.append({"io_threads": threads, "mode": mode, **result})
    say(f"scaling: {figures}")
    return figures


def java_clients(plan, servers):
    """Apache Kafka's own measuring clients against both: where a client is the limit."""
    figures = []
    for record_bytes in plan.tool_record_bytes:
        records = plan.tool_records // (1 if record_bytes == 100 else 3)
        for (system, synced), server in servers.items():
            if synced:
                continue
            with load.topic(system, server, 1, synced) as topic:
                for mode in ("produce", "consume"):
                    rate, cpu_s = _java_client(server, mode, topic, records, record_bytes)
                    figures.append({"system": system.name, "mode": mode, "records": records,
                                    "record_bytes": record_bytes, "records_per_s": rate,
                                    "server_cpu_s": cpu_s})
                    say(f"Java client: {figures[-1]}")
    return figures


def _java_client(server, mode, topic, records, record_bytes):
    arguments = {
        "produce": ["--topic", topic, "--num-records", records, "--record-size", record_bytes,
                    "--throughput", -1, "--producer-props", f"bootstrap.servers={server.kafka}",
                    "acks=all"],
        "consume": ["--topic", topic, "--messages", records,
                    "--bootstrap-server", server.kafka]}[mode]
    command = kafka.java_command(kafka.TOOLS.get(_TOOLS[mode], _TOOLS[mode]), arguments, "1g")
    command.remove("-XX:TieredStopAtLevel=1")  # that is for short runs
    before = server.cpu_s()
    done = processes.run(["taskset", "-c", systems.CLIENT_CORE, *command], timeout_s=300)
    cpu_s = server.cpu_s() - before
    if mode == "produce":
        rate = re.findall(r"([\d.]+) records/sec", done.stdout)[-1]
    else:
        # start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch n/s
        rate = done.stdout.strip().splitlines()[-1].split(",")[9]
    return float(rate), cpu_s

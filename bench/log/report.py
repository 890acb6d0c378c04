"""Writes the tables of docs/benchmarks.md, between its markers."""
from log import figures
from log.figures import BARE, DAYBOOK, KAFKA, median, select
from log.plan import Setting

BEGIN = "<!-- made by make bench-log: begin -->"
END = "<!-- made by make bench-log: end -->"
_QUIET_LOAD = 0.5  # average: what the start of the run itself amounts to


def write(results, path):
    write_between(BEGIN, END, tables(results), path)


def write_between(begin, end, made, path):
    """Replaces what is between the two markers of a page; what is around them stays."""
    text = path.read_text() if path.exists() else f"{begin}\n{end}\n"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n\n{made}\n{end}{after}")


def tables(results):
    parts = [machine(results), "![Daybook's throughput and CPU time as multiples of Kafka's]"
             "(benchmarks.svg)\n"]
    for mode, title in (("produce", "Produce"), ("consume", "Consume")):
        parts.append(f"### {title}\n\n" + _throughput(results, mode))
    parts += ["### Server's CPU seconds per GB, and those of a bare loop\n\n" + _bare(results),
              "### End-to-end latency at 10,000 records/s, 100 B\n\n" + _latency(results),
              "### Synced appends, one at a time, 1 KB\n\n" + _synced(results),
              "### Start-up and memory\n\n" + _start_and_memory(results),
              "### Apache Kafka's own measuring clients, one partition, no compression\n\n"
              + _java_clients(results),
              "### Daybook on two cores, which it shares with the load generator\n\n"
              + _scaling(results)]
    return "\n".join(parts)


def machine(results):
    """What it was measured on, and how quiet that was."""
    m = results["machine"]
    return (f"{m['date']}, commit {m['commit']}, plan `{results['plan']}`: {m['cores']} cores of "
            f"{m['cpu']}{' (virtual)' * m['virtual']}, {m['memory_gb']} GB, Linux {m['kernel']}, "
            f"{m['file_system']}, TCP congestion control {m['congestion_control']}; "
            f"Apache Kafka {m['kafka']} on Java {m['java']}. {_quiet(m)}\n")


def _quiet(m):
    stolen = f"{m['stolen']:.0%} of the cores' time went to other virtual machines"
    if m["load_before"] < _QUIET_LOAD:
        return f"Nothing else ran on the machine; {stolen}."
    return (f"**The machine was not quiet**: load average {m['load_before']:.1f} before the run, "
            f"and {stolen}. Ratios say more than figures, and no figure is the best there is.")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def times(value):
    return f"{value:.2f}×" if value >= 0.1 else f"{value:.3f}×"


def _label(setting):
    return Setting(**setting).label() + ", synced" * setting["synced"]


def _throughput(results, mode):
    rows = []
    for setting, ours, theirs in figures.throughput_rows(results, mode):
        rate = [median(entries, figures.rate) for entries in (ours, theirs)]
        cpu = [median(entries, figures.cpu_per_million) for entries in (ours, theirs)]
        share = [median(entries, figures.server_share) for entries in (ours, theirs)]
        rows.append([_label(setting), *(f"{r:,.0f}" for r in rate), times(rate[0] / rate[1]),
                     f"{median(ours, figures.megabytes_per_s):,.0f}",
                     *(f"{c:.3f}" for c in cpu), times(cpu[0] / cpu[1]),
                     *(f"{s:.0%}" for s in share),
                     f"{median(ours, figures.client_share):.0%}"])
    return table(["setting", "Daybook records/s", "Kafka records/s", "ratio", "Daybook MB/s",
                  "Daybook CPU s per million", "Kafka CPU s per million", "ratio",
                  "Daybook's core busy", "Kafka's core busy", "client's core busy (Daybook)"], rows)


def _bare(results):
    rows = []
    for mode in ("produce", "consume"):
        for setting, *both in figures.throughput_rows(results, mode):
            of = {} if mode == "consume" else {
                name: setting[name] for name in ("partitions", "compression")}
            if setting["synced"] or (mode == "consume" and setting["compression"] != "none"):
                continue
            loop = select(results["bare"], mode=mode, **of)
            rates = [median(entries, figures.megabytes_per_s) for entries in (loop, *both)]
            floor, *cpu = [median(entries, figures.cpu_per_gb) for entries in (loop, *both)]
            rows.append([f"{mode}, {_label(setting)}", f"{floor:.3f}",
                         *(text for c in cpu for text in (f"{c:.3f}", times(c / floor))),
                         *(f"{rate:,.0f}" for rate in rates)])
    return table(["setting", "bare loop", "Daybook", "to the bare one's", "Kafka",
                  "to the bare one's", "bare loop MB/s", "Daybook MB/s", "Kafka MB/s"], rows)


def _latency(results):
    rows = []
    keys = sorted({(e["synced"], e["partitions"]) for e in results["latency"]})
    for synced, partitions in keys:
        entries = select(results["latency"], synced=synced, partitions=partitions)
        ours, theirs = (select(entries, system=name) for name in (DAYBOOK, KAFKA))
        row = [f"{partitions} partition{'s' * (partitions > 1)}{', synced' * synced}"]
        for key in ("p50_us", "p99_us", "p999_us"):
            mine, other = (median(e, lambda entry: entry[key] / 1000) for e in (ours, theirs))
            row += [f"{mine:.2f}", f"{other:.2f}", times(mine / other)]
        rows.append(row)
    head = ["setting"]
    for name in ("p50", "p99", "p99.9"):
        head += [f"{name} Daybook ms", "Kafka ms", "ratio"]
    return table(head, rows)


def _synced(results):
    entries = results["synced_appends"]
    bare = median(select(entries, system=BARE), lambda entry: entry["p99_us"])
    rows = []
    for name, awake in ((BARE, None), *((name, awake) for awake in ("yes", "no")
                                        for name in (DAYBOOK, KAFKA))):
        own = select(entries, system=name, awake=awake)
        p99 = median(own, lambda entry: entry["p99_us"])
        rows.append([name + ", to a client that sleeps" * (awake == "no"),
                     f"{median(own, lambda e: e['p50_us']) / 1000:.2f}",
                     f"{p99 / 1000:.2f}", times(p99 / bare),
                     f"{median(own, lambda e: e['count'] / e['seconds']):,.0f}"])
    return table(["", "p50 ms", "p99 ms", "p99 to the bare one's", "appends/s"], rows)


def _start_and_memory(results):
    rows = []

    def row(title, unit, value):
        ours, theirs = value(DAYBOOK), value(KAFKA)
        rows.append([title, f"{ours:.3g} {unit}", f"{theirs:.3g} {unit}", f"1/{theirs / ours:.0f}"])

    row("start to the first accepted connection", "s",
        lambda name: median(select(results["start_up"], system=name), lambda e: e["start_s"]))
    for key, title in (("idle_memory", "resident, idle"),
                       ("memory_after", "resident, after everything above")):
        row(title, "MB", lambda name, key=key: median(
            select(results[key], system=name), lambda e: e["resident_bytes"] / 1e6))
    return table(["", "Daybook", "Kafka", "ratio"], rows)


def _java_clients(results):
    rows = []
    for mode in ("produce", "consume"):
        for record_bytes in sorted({e["record_bytes"] for e in results["java_clients"]}):
            entries = select(results["java_clients"], mode=mode, record_bytes=record_bytes)
            rate, cpu = ([median(select(entries, system=name), value)
                          for name in (DAYBOOK, KAFKA)]
                         for value in (lambda e: e["records_per_s"], figures.cpu_per_million))
            rows.append([f"{mode}, {record_bytes} B", *(f"{r:,.0f}" for r in rate),
                         times(rate[0] / rate[1]), *(f"{c:.3f}" for c in cpu),
                         times(cpu[0] / cpu[1])])
    return table(["setting", "Daybook records/s", "Kafka records/s", "ratio",
                  "Daybook CPU s per million", "Kafka CPU s per million", "ratio"], rows)


def _scaling(results):
    rows = []
    for mode in ("produce", "consume"):
        rates = {}
        for threads in (1, 2):
            own = select(results["scaling"], mode=mode, io_threads=threads)
            rates[threads] = median(own, figures.rate)
            rows.append([f"{mode}, 100 B, 64 partitions, {threads} I/O thread{'s' * (threads > 1)}",
                         f"{rates[threads]:,.0f}", times(rates[threads] / rates[1]),
                         f"{median(own, figures.server_share):.0%}",
                         f"{median(own, figures.client_share):.0%}"])
    return table(["setting", "records/s", "to one thread", "server, of a core",
                  "load generator, of a core"], rows)

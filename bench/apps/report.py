"""Writes the tables of docs/benchmarks.md that are about apps, between their own markers."""
from log import report as log_report
from log.figures import median, select
from log.report import table, times

BEGIN = "<!-- made by make bench-apps: begin -->"
END = "<!-- made by make bench-apps: end -->"
DAYBOOK, STREAMS = "Daybook", "Kafka Streams"


def write(results, path):
    log_report.write_between(BEGIN, END, tables(results), path)


def tables(results):
    return "\n".join([
        log_report.machine(results),
        "### Events through a processor and into a view\n\n" + _drains(results),
        "### A view is rebuilt\n\n" + _rebuilds(results),
        "### From produced to visible\n\n" + _latency(results),
        "### Ten views\n\n" + _memory(results)])


def _rate(entry):
    """Nothing can be said of what was whole at the first look, as few events are."""
    return entry["events"] / max(entry["seconds"], 0.001)


def _per_core(entry):
    """Events per CPU second; the clock of /proc ticks a hundred times a second."""
    return entry["events"] / max(entry["cpu_s"], 0.01)


def _drains(results):
    rows = []
    settings = []
    for entry in results["drains"]:
        setting = {name: entry[name] for name in ("mode", "keys", "log")}
        if setting not in settings:
            settings.append(setting)
    for setting in settings:
        ours, theirs = (select(results["drains"], app=app, **setting)
                        for app in (DAYBOOK, STREAMS))
        what = "map" if setting["mode"] == "map" else f"fold, {setting['keys']:,} keys"
        row = [f"{what}, log: {setting['log']}"]
        for value in (_rate, _per_core):
            mine, other = median(ours, value), median(theirs, value)
            row += [f"{mine:,.0f}", f"{other:,.0f}", times(mine / other)]
        row += [f"{median(entries, lambda e: e['resident_bytes'] / 1e6):,.0f}"
                for entries in (ours, theirs)]
        rows.append(row)
    return table(["setting", "Daybook events/s", "Kafka Streams events/s", "ratio",
                  "Daybook events per CPU s", "Kafka Streams events per CPU s", "ratio",
                  "Daybook MB", "Kafka Streams MB"], rows)


def _rebuilds(results):
    rows = [[f"{entry['built']:,} events, {entry['keys']:,} keys, log: {entry['log']}",
             f"{entry['whole_seconds']:.1f}", f"{_rate(entry):,.0f}",
             ", ".join(f"{rate / 1000:,.0f}" for rate in entry["rates"])]
            for entry in results["rebuilds"]]
    return table(["", "seconds", "events/s", "thousands of events/s, from part to part"], rows)


def _latency(results):
    rows = []
    for entry in results["latency"]:
        row = [f"{entry['app']}, log: {entry['log']}"]
        if row[0] in [other[0] for other in rows]:
            continue
        own = select(results["latency"], app=entry["app"], log=entry["log"])
        row += [f"{median(own, lambda e, name=name: e[name]):.1f}" for name in
                ("p50_ms", "p99_ms")]
        rows.append(row)
    return table(["", "p50 ms", "p99 ms"], rows)


def _memory(results):
    found = results["memory"]
    return (f"`daybook up`, log and ten views in one process, at {found['rate']:,} events/s: at "
            f"most {found['resident_bytes'] / 1e6:,.0f} MB resident, until the slowest view had "
            f"applied all {found['events']:,} events, {found['seconds']:.0f} s after the first.\n")

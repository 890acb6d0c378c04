"""Medians out of the results, by system: what the table and the plot share."""
import statistics

DAYBOOK, KAFKA, BARE = "Daybook", "Kafka", "bare fdatasync"


def median(entries, value):
    return statistics.median(value(entry) for entry in entries)


def rate(entry):
    return entry["records"] / entry["seconds"]


def megabytes_per_s(entry):
    return entry["bytes"] / entry["seconds"] / 1e6


def cpu_per_million(entry):
    return entry["server_cpu_s"] / entry["records"] * 1e6


def cpu_per_gb(entry):
    return entry["server_cpu_s"] / entry["bytes"] * 1e9


def server_share(entry):
    """Of its core that the server used: near 1 the server is the limit, else the client is."""
    return entry["server_cpu_s"] / entry["seconds"]


def client_share(entry):
    return entry["client_cpu_s"] / entry["seconds"]


def select(entries, **wanted):
    return [e for e in entries if all(e[name] == value for name, value in wanted.items())]


def throughput_rows(results, mode):
    """(setting, Daybook's entries, Kafka's entries), in the order in which they were measured."""
    entries = select(results["throughput"], mode=mode)
    seen = []
    for entry in entries:
        if entry["setting"] not in seen:
            seen.append(entry["setting"])
    seen.sort(key=lambda setting: setting["synced"])
    for setting in seen:
        yield (setting, *(select(entries, setting=setting, system=name)
                          for name in (DAYBOOK, KAFKA)))

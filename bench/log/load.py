"""Runs the load generator on the client's core, and says what the server paid meanwhile."""
import contextlib
import itertools
import json
import os

from support import BUILD, processes, waiting

from log import systems

BINARY = BUILD / "log_load"
_names = (f"bench-{n}" for n in itertools.count())


def run(mode, timeout_s=180, core=systems.CLIENT_CORE, **settings):
    arguments = [f"{name}={value}" for name, value in settings.items()]
    done = processes.run(["taskset", "-c", core, BINARY, mode, *arguments], timeout_s=timeout_s)
    return json.loads(done.stdout)


def measured(server, mode, **settings):
    """What the load generator reports, with the server's and its own CPU seconds."""
    cpu_before, own_before = server.cpu_s(), os.times()
    result = run(mode, broker=server.kafka, **settings)
    own = os.times()
    result["server_cpu_s"] = server.cpu_s() - cpu_before
    result["client_cpu_s"] = (own.children_user + own.children_system
                              - own_before.children_user - own_before.children_system)
    return result


@contextlib.contextmanager
def topic(system, server, partitions, synced):
    """A topic of its own for one measurement, deleted behind it. Yields its name.

    Deleted means that its files are gone: giving back a GB of memory takes the core that the next
    system is measured on for a quarter of a second.
    """
    name = next(_names)
    run("create", broker=server.kafka, topic=name, partitions=partitions,
        configs=",".join(system.topic_configs(synced)))
    try:
        yield name
    finally:
        run("delete", broker=server.kafka, topic=name)
        waiting.until(lambda: not any(server.logs.glob(f"{name}-*")), 120, f"{name} to be removed")

"""How long it takes from when an event is due until whoever reads the result sees it, at a fixed
rate. A program that falls behind is charged for it."""
import http.client
import re
import threading
import time

from support import BUILD, processes, waiting

from apps import views

KEYS = 10_000
_PROBERS = 4
_PROBE_EVERY = 50  # events
_ANSWER_MS = 10_000
_COME_IN_S = 60


def pace(log, topic, records, rate, output, keys=KEYS):
    """The events in the background, each when it is due."""
    return processes.Process(
        [BUILD / "app_load", "pace", f"bootstrap={log.kafka}", f"topic={topic}",
         f"records={records}", f"keys={keys}", f"rate={rate}"], output)


def of_daybook(plan, running, log, topic):
    """Answers of the view that hold an event for certain: queries with min_position."""
    waiting.until(lambda: views.get(running, "/status")["ready"], _COME_IN_S, running.tail)
    records = plan.latency_rate * (plan.latency_warm_up_s + plan.latency_s)
    with pace(log, topic, records, plan.latency_rate, running.log.parent / "pace.log") as pacer:
        first_us = int(pacer.wait_for(r"^(\d+)$").group(1))
        probes = iter(range(plan.latency_warm_up_s * plan.latency_rate, records - _PROBE_EVERY,
                            _PROBE_EVERY))
        found, failed, lock = [], [], threading.Lock()

        def due(number):
            return first_us / 1e6 + number / plan.latency_rate

        def probe():
            connection = http.client.HTTPConnection(running.http, timeout=60)
            while True:
                with lock:
                    number = next(probes, None)
                if number is None or failed:
                    return
                time.sleep(max(0, due(number) - time.time()))
                connection.request("GET", f"/views/fold/rows/0?min_position={topic}/0:{number + 1}"
                                          f"&timeout_ms={_ANSWER_MS}")
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    failed.append(body.decode())
                    return
                found.append(time.time() - due(number))

        probers = [threading.Thread(target=probe) for _ in range(_PROBERS)]
        for prober in probers:
            prober.start()
        for prober in probers:
            prober.join()
        if failed:
            raise AssertionError(f"the view did not answer: {failed[0]}")
    found.sort()
    return {"p50_ms": found[len(found) // 2] * 1e3, "p99_ms": found[int(len(found) * 0.99)] * 1e3,
            "count": len(found)}


def of_streams(plan, running, log, topic):
    """Its new states as a reader of committed events gets them: it says so itself."""
    running.wait_for("^state RUNNING$", _COME_IN_S)
    records = plan.latency_rate * (plan.latency_warm_up_s + plan.latency_s)
    with pace(log, topic, records, plan.latency_rate, running.log.parent / "pace.log") as pacer:
        pacer.wait(_COME_IN_S + 2 * records / plan.latency_rate)
        least = (records - plan.latency_warm_up_s * plan.latency_rate) / 2

        def last():
            said = re.findall(r"^latency (\d+) (\d+) (\d+)$", running.tail(), re.MULTILINE)
            return said[-1] if said and int(said[-1][2]) >= least else None

        p50, p99, count = waiting.until(last, _COME_IN_S, running.tail)
    return {"p50_ms": int(p50) / 1e3, "p99_ms": int(p99) / 1e3, "count": int(count)}

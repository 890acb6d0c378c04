"""The two systems, as their users get them: both pinned to the server's core, each with what it
needs to run on this machine and its own defaults otherwise."""
import ctypes
import os
import pathlib
import time

from support import daybook, kafka, ports, processes, waiting

SERVER_CORE = "0"
CLIENT_CORE = "1"
BOTH_CORES = f"{SERVER_CORE},{CLIENT_CORE}"

# What kafka-server-start passes to Java.
_KAFKA_JAVA = ["-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
               "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent",
               "-Djava.awt.headless=true"]

_libc = ctypes.CDLL(None)


def cpu_s(pid):
    """CPU seconds of all threads of a process so far, in the kernel and outside.

    From its own clock: /proc counts in hundredths, of which a short measurement may have none.
    """
    clock = ctypes.c_int()
    error = _libc.clock_getcpuclockid(pid, ctypes.byref(clock))
    if error:
        raise ProcessLookupError(error, os.strerror(error), pid)
    return time.clock_gettime(clock.value)


class _Server(processes.Process):
    """A server on `cores`, started: .start_s is how long until it accepted a connection, .logs the
    folder in which each partition has one."""

    def __init__(self, command, log, kafka_address, cores, logs):
        self.kafka = kafka_address
        self.logs = logs
        began = time.monotonic()
        super().__init__(["taskset", "-c", cores, *command], log)
        port = int(kafka_address.rpartition(":")[2])
        try:
            while not ports.accepts("127.0.0.1", port):
                if not self.running():
                    raise processes.Ended(f"{self.describe()} ended:\n{self.tail()}")
                if time.monotonic() - began > 60:
                    raise waiting.TimedOut(f"{self.describe()} does not listen:\n{self.tail()}")
                time.sleep(0.0005)
        except BaseException:
            self.kill()
            raise
        self.start_s = time.monotonic() - began

    def cpu_s(self):
        return cpu_s(self.pid)


class Daybook:
    name = "Daybook"

    def start(self, folder, synced, cores=SERVER_CORE, io_threads=1):
        address = f"127.0.0.1:{ports.free_port()}"
        command = [daybook.BINARY, "serve", "--data", folder, "--kafka", address,
                   "--io-threads", str(io_threads), "--durability", "fsync" if synced else "os"]
        return _Server(command, folder.with_suffix(".log"), address, cores, folder / "log")

    def start_for(self, synced, folder, servers):
        return self.start(folder / f"daybook-{'synced' if synced else 'cached'}", synced)

    def topic_configs(self, synced):
        return []


class Kafka:
    name = "Kafka"

    def prepare(self, folder):
        """Formats the folder: not a part of what is measured as start-up."""
        # A deleted topic's files go after a second, not a minute: load.topic() waits for it.
        return kafka.prepare(folder, "log.segment.delete.delay.ms=1000\n")

    def start(self, folder, synced, cores=SERVER_CORE):
        settings = self.prepare(folder)
        command = ["java", *_KAFKA_JAVA,
                   f"-Dlog4j2.configurationFile={kafka.PROJECT / 'log4j2.properties'}",
                   "-cp", f"{kafka.jars()}/*", "kafka.Kafka", settings]
        return _Server(command, folder / "broker.log", kafka.address(settings), cores,
                       folder / "data")

    def start_for(self, synced, folder, servers):
        # One server has topics of both kinds.
        return servers.get((self, False)) or self.start(folder / "kafka", synced)

    def topic_configs(self, synced):
        return ["flush.messages=1"] * synced


SYSTEMS = [Daybook(), Kafka()]

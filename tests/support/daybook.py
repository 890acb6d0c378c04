"""The binary under test."""
import json
import signal

from support import BUILD, processes

BINARY = BUILD / "daybook"


class Server(processes.Process):
    """`daybook serve` or `daybook up`, ready: .kafka and .http are "host:port" (or None)."""

    def __init__(self, arguments, log, env=None, expect=("kafka",), timeout_s=60, prefix=()):
        super().__init__([*prefix, BINARY, *arguments], log, env=env)
        self.kafka = self.http = None
        try:
            for what in expect:
                address = self.wait_for(rf"^listening {what} (\S+)$", timeout_s).group(1)
                setattr(self, what, address)
        except BaseException:
            self.kill()
            raise


def serve(data, *options, log=None, env=None, kafka="127.0.0.1:0", http=None, timeout_s=60,
          prefix=()):
    """`daybook serve --data data`, ready for connections. `prefix` is put before the binary."""
    arguments = ["serve", "--data", data, "--kafka", kafka, *options]
    expect = ["kafka"]
    if http:
        arguments += ["--http", http]
        expect.append("http")
    return Server(arguments, log or f"{data}.log", env=env, expect=expect, timeout_s=timeout_s,
                  prefix=prefix)


def up(app_file, data, *options, log=None, env=None, kafka="127.0.0.1:0", http="127.0.0.1:0",
       timeout_s=60, prefix=()):
    """`daybook up app_file`, ready for connections on both ports."""
    arguments = ["up", app_file, "--data", data, "--kafka", kafka, "--http", http, *options]
    return Server(arguments, log or f"{data}.log", env=env, expect=("kafka", "http"),
                  timeout_s=timeout_s, prefix=prefix)


def run_app(app_file, bootstrap, state, log=None, env=None, http="127.0.0.1:0", prefix=()):
    """`daybook run app_file` on the log at `bootstrap`, ready for connections on its HTTP port."""
    arguments = ["run", app_file, "--bootstrap", bootstrap, "--state", state, "--http", http]
    return Server(arguments, log or f"{state}.log", env=env, expect=("http",), prefix=prefix)


def start_app(app_file, folder, log=None, env=None):
    """`daybook up` with its own log, or `daybook run` on `log`; what it keeps is in `folder`."""
    options = {"log": folder / "daybook.log", "env": env}
    if log is None:
        return up(app_file, folder / "data", **options)
    return run_app(app_file, log.kafka, folder / "state", **options)


def run(arguments, **options):
    """One command, run to its end: daybook.run(["topic", "list", "--bootstrap", a])."""
    return processes.run([BINARY, *arguments], **options)


def last_values(topic, bootstrap):
    """The value of every key's last event, all of them JSON, without keys that are gone."""
    done = run(["consume", topic, "-e", "--json", "--bootstrap", bootstrap], check=False,
               timeout_s=60)
    events = map(json.loads, done.stdout.splitlines() if done.returncode == 0 else ())
    values = {event["key"]: event["value"] for event in events}
    return {key: json.loads(value) for key, value in values.items() if value is not None}


def applied(view):
    """How many events a view has taken, in all lives of the process: the sum of its position."""
    return sum(int(at.rpartition(":")[2]) for at in view["position"].split(",") if at)


def stop_cleanly(server):
    """SIGTERM must end it with status 0 within 10 seconds: the promise of the command line."""
    server.send(signal.SIGTERM)
    status = server.wait(10)
    if status != 0:
        raise AssertionError(f"{server.describe()} ended with status {status}:\n{server.tail()}")

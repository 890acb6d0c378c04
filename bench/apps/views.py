"""The application files that are measured, and what a running one says."""
import json
import urllib.request

_TOPICS = """topics:
  {topic}:
    columns: {{id: BIGINT, account: BIGINT, amount: "DECIMAL(12,2)", kind: VARCHAR, sent: BIGINT,
              note: VARCHAR}}
"""
_MAP = """processors:
  map:
    from: {{e: {topic}}}
    sql: SELECT id, account, amount * 2 AS doubled, kind FROM e WHERE amount > 5000
    to: {name}.out
"""
_FOLD = """views:
  fold:
    from: {{e: {topic}}}
    table:
      key: account
      sql: |
        SELECT account, count(*) AS entries, sum(amount) AS total, max(sent) AS last_sent
        FROM e GROUP BY account
    swap: manual
"""
_TEN = """views:
  by_account:
    from: {{e: {topic}}}
    table:
      key: account
      sql: SELECT account, count(*) AS n, sum(amount) AS s FROM e GROUP BY account
  by_kind:
    from: {{e: {topic}}}
    table:
      key: kind
      sql: SELECT kind, count(*) AS n, avg(amount) AS a FROM e GROUP BY kind
  by_minute:
    from: {{e: {topic}}}
    table:
      key: minute
      sql: |
        SELECT date_trunc('minute', _timestamp) AS minute, count(*) AS n, max(amount) AS most
        FROM e GROUP BY minute
  latest:
    from: {{e: {topic}}}
    table: {{key: account, sql: "SELECT account, id, amount, kind FROM e"}}
  extremes:
    from: {{e: {topic}}}
    table:
      key: [account, kind]
      sql: |
        SELECT account, kind, min(amount) AS least, max(amount) AS most FROM e
        GROUP BY account, kind
  documents: {{from: {{e: {topic}}}, document: {{key: account, index: [kind]}}}}
  events: {{from: {{e: {topic}}}, document: {{key: id}}}}
  notes: {{from: {{e: {topic}}}, search: {{key: account, text: [note], facets: [kind]}}}}
  cells:
    from: {{e: {topic}}}
    wide: {{row: account, columns: {{event:amount: amount, event:kind: kind}}, versions: 20}}
  edges:
    from: {{e: {topic}}}
    graph: {{edge: {{key: id, from: account, to: kind, type: "'PAID'", properties: [amount]}}}}
"""


def app_of(mode, name, topic):
    parts = {"map": _MAP, "fold": _FOLD, "latency": _FOLD, "ten": _TEN}[mode]
    return f"app: {name}\n" + (_TOPICS + parts).format(name=name, topic=topic)


def get(server, path, timeout_s=30):
    with urllib.request.urlopen(f"http://{server.http}{path}", timeout=timeout_s) as answer:
        return json.load(answer)


def post(server, path, timeout_s=30):
    request = urllib.request.Request(f"http://{server.http}{path}", method="POST")
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        return json.load(answer)


def versions(server, view="fold"):
    """The versions of a view; none while it is not running yet."""
    return get(server, f"/views/{view}").get("versions", [])


def least_applied(server):
    """Of all views, the events that the slowest has applied."""
    return min(versions(server, view["name"])[-1]["events_applied"]
               for view in get(server, "/views")["views"])

#!/usr/bin/env python3
"""A graph view answers as igraph does, over random graphs with parallel edges, loops, parts that
nothing joins, and edges that have moved or gone; and as of an earlier position as it did there. On
Daybook's own log and on Apache Kafka.
"""
# time limit: 400 s
import collections
import json
import random
import urllib.parse
import urllib.request

from support import bank, cases, daybook, log_under_test, python_clients, scratch, waiting

python_clients.enter()

import igraph  # noqa: E402
from confluent_kafka import Producer  # noqa: E402

WAIT_S = waiting.PATIENCE_S
GRAPHS = 3
PARTS = 4
NODES_OF_A_PART = 12
EDGES = 70
CHANGES = 40
LOOKS = 8

APP = """
app: graphs
topics:
""" + "".join(f"  edges{n}: {{partitions: 1}}\n" for n in range(GRAPHS)) + "views:\n" + "".join(f"""
  g{n}:
    from: {{e: edges{n}}}
    graph:
      edge: {{key: id, from: a, to: b, type: "'KNOWS'"}}
""" for n in range(GRAPHS))


class Edges:
    """The edges of one graph, as events say them and as they are by now."""

    def __init__(self, generator, topic, log):
        self.random = generator
        self.topic = topic
        self.producer = Producer({"bootstrap.servers": log.kafka, "linger.ms": 5})
        self.now = {}
        self.written = 0

    def ends(self):
        """Mostly two nodes of one part; now and then the same one twice."""
        part = self.random.randrange(PARTS)
        one = self.random.randrange(NODES_OF_A_PART)
        other = one if self.random.random() < 0.1 else self.random.randrange(NODES_OF_A_PART)
        return f"p{part}n{one}", f"p{part}n{other}"

    def put(self, key, ends):
        value = None
        if ends is None:
            del self.now[key]
        else:
            self.now[key] = ends
            value = json.dumps({"id": key, "a": ends[0], "b": ends[1]})
        self.producer.produce(self.topic, key=str(key), value=value, partition=0)
        self.producer.poll(0)
        self.written += 1

    def grow(self):
        for key in range(EDGES):
            again = self.random.random() < 0.2 and self.now
            ends = self.random.choice(list(self.now.values())) if again else self.ends()
            self.put(key, ends)
        return self.flushed()

    def change(self):
        """Edges come, move and go; one node loses all that it has."""
        for _ in range(CHANGES):
            key = self.random.randrange(EDGES + CHANGES)
            self.put(key, None if key in self.now and self.random.random() < 0.4 else self.ends())
        gone = self.random.choice(list(self.now.values()))[0]
        for key in [key for key, ends in self.now.items() if gone in ends]:
            self.put(key, None)
        return self.flushed()

    def flushed(self):
        """The position behind all that was written, and the graph there."""
        assert self.producer.flush(WAIT_S) == 0
        return f"{self.topic}/0:{self.written}", Graph(list(self.now.values()))


class Graph:
    """What igraph says of the edges."""

    def __init__(self, edges):
        self.graph = igraph.Graph.TupleList(edges, directed=True)
        self.nodes = self.graph.vs["name"]
        self.edges = collections.Counter(edges)

    def named(self, numbers):
        return sorted(self.nodes[number] for number in numbers)

    def components(self):
        parts = [self.named(part) for part in self.graph.connected_components(mode="weak")]
        return sorted(parts, key=lambda part: (-len(part), part[0]))

    def within(self, node, hops, mode):
        far = zip(self.nodes, self.graph.distances(node, mode=mode)[0])
        return {other: hops_to for other, hops_to in far if 0 < hops_to <= hops}

    def neighbours(self, node):
        count = collections.Counter()
        for (one, other), edges in self.edges.items():
            if one == node:
                count[other, "out"] += edges
            if other == node:
                count[one, "in"] += edges
        return dict(count)

    def paths(self, one, other, hops):
        return {tuple(self.nodes[number] for number in path)
                for path in self.graph.get_all_simple_paths(one, other, maxlen=hops, mode="out")}


class Graphs:
    def get(self, path, **parameters):
        url = f"http://{self.server.http}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=2 * WAIT_S) as answer:
            return json.load(answer)

    def is_ready(self):
        try:
            return self.get("/ready")["status"] == "ready"
        except OSError:
            return False

    def compare(self, graph, ask):
        """`ask` answers a question with rows; `graph` knows what they must be."""
        self.assertEqual([(row["component"], row["nodes"]) for row in ask("components")],
                         [(part[0], len(part)) for part in graph.components()])
        ranks = {row["node"]: row["rank"] for row in ask("pagerank", limit=1000)}
        wanted = dict(zip(graph.nodes, graph.graph.pagerank(directed=True, damping=0.85)))
        self.assertEqual(ranks.keys(), wanted.keys())
        for node, rank in wanted.items():
            self.assertAlmostEqual(ranks[node], rank, places=6, msg=node)
        degrees = {row["node"]: (row["out"], row["in"]) for row in ask("degree", limit=1000)}
        self.assertEqual(degrees, dict(zip(graph.nodes, zip(
            graph.graph.degree(mode="out"), graph.graph.degree(mode="in")))))
        for _ in range(LOOKS):
            self.compare_around(graph, ask, *self.random.choices(graph.nodes, k=2))

    def compare_around(self, graph, ask, one, other):
        part = next(part for part in graph.components() if one in part)
        self.assertEqual([row["node"] for row in ask("components", node=one)], part)
        self.assertEqual({(row["node"], row["direction"]): row["edges"]
                          for row in ask("neighbours", node=one)}, graph.neighbours(one))
        hops = self.random.randint(1, 4)
        for direction, mode in (("out", "out"), ("in", "in"), ("both", "all")):
            rows = ask("reach", node=one, hops=hops, direction=direction)
            self.assertEqual({row["node"]: row["hops"] for row in rows},
                             graph.within(one, hops, mode))
            self.check_shortest(graph, ask, one, other, direction, mode)
        if one != other:
            found = {tuple(json.loads(row["path"])) for row in
                     ask("paths", **{"from": one, "to": other, "hops": 5})}
            self.assertEqual(found, graph.paths(one, other, 5))

    def check_shortest(self, graph, ask, one, other, direction, mode):
        rows = ask("shortest", **{"from": one, "to": other, "direction": direction})
        wanted = graph.graph.distances(one, other, mode=mode)[0][0]
        if wanted == float("inf"):
            self.assertEqual(rows, [])
            return
        path = [row["node"] for row in rows]
        self.assertEqual([row["hop"] for row in rows], list(range(int(wanted) + 1)))
        self.assertEqual((path[0], path[-1]), (one, other))
        for step in zip(path, path[1:]):
            forth, back = step in graph.edges, step[::-1] in graph.edges
            self.assertTrue({"out": forth, "in": back, "both": forth or back}[direction], step)

    def test_answers_are_those_of_igraph(self):
        self.random = random.Random(cases.seed())
        with scratch.folder("graph") as folder:
            app = folder / "app.yaml"
            app.write_text(APP)
            with daybook.run_app(app, self.log.kafka, folder / "state") as self.server:
                waiting.until(self.is_ready, WAIT_S, self.server.tail)
                for n in range(GRAPHS):
                    self.compare_a_graph(f"g{n}", Edges(self.random, f"edges{n}", self.log))
                daybook.stop_cleanly(self.server)

    def compare_a_graph(self, view, edges):
        def ask_at(position, **more):
            def ask(question, **parameters):
                answer = self.get(f"/views/{view}/ask/{question}", timeout_ms=bank.MOST_MS,
                                  time_limit_ms=bank.MOST_MS, **parameters, **more)
                self.assertEqual(answer["position"], position)
                return answer["rows"]
            return ask

        early, graph = edges.grow()
        self.compare(graph, ask_at(early, min_position=early))
        late, changed = edges.change()
        self.compare(changed, ask_at(late, min_position=late))
        then = ask_at(early, as_of=early)
        self.assertEqual([(row["component"], row["nodes"]) for row in then("components")],
                         [(part[0], len(part)) for part in graph.components()])
        one, other = self.random.choices(graph.nodes, k=2)
        self.compare_around(graph, then, one, other)


def load_tests(loader, tests, pattern):
    return log_under_test.on_each(Graphs, loader)


if __name__ == "__main__":
    cases.main()

#!/usr/bin/env python3
"""An app is the same on Daybook's own log and on Apache Kafka: capture, processors, and views of
every kind, killed, rebuilt, compared and swapped, with `daybook run` on a log that is elsewhere.

What must come of it is computed from what was written. DAYBOOK_TEST_LOG names one log alone.
"""
# time limit: 600 s
import collections
import json
import random
import unittest

from support import bank, bank_views, captured, cases, daybook, log_under_test, ordeal, \
    processes, scratch, waiting

WAIT_S = 120
PARTITIONS = 3
ORDERS = 1500
CUSTOMERS = 40
SHOP = """app: shop
topics:
  shop.order:
    partitions: 3
    columns: {id: BIGINT, customer: VARCHAR, friend: VARCHAR, amount: "DECIMAL(9,2)", note: VARCHAR}
processors:
  runs:
    from: {o: shop.order}
    history: {by: customer, keep: 30d}
    sql: |
      SELECT id, customer, amount, sum(amount) OVER (ORDER BY _offset) AS until_now FROM o
    to: shop.run
views:
  spent:
    from: {o: shop.order}
    table:
      key: customer
      sql: |
        SELECT customer, count(*) AS orders, sum(amount) AS spent, min(amount) AS least,
               max(amount) AS most
        FROM o GROUP BY customer
  orders: {from: {o: shop.order}, document: {key: id, index: [customer]}}
  notes: {from: {o: shop.order}, search: {key: id, text: [note], facets: [customer]}}
  cells:
    from: {o: shop.order}
    wide: {row: customer, columns: {order:amount: amount}, timestamp: id, versions: 1000}
  gifts:
    from: {o: shop.order}
    graph: {edge: {key: id, from: customer, to: friend, type: "'GIFT'", properties: [amount]}}
  sums:
    from: {r: shop.run}
    table:
      key: customer
      sql: SELECT customer, count(*) AS runs, max(until_now) AS total FROM r GROUP BY customer
"""
PLAIN = """app: plain
processors:
  large:
    from: {p: plain.pay}
    sql: SELECT id, amount * 2 AS twice, place ->> 'city' AS city FROM p WHERE amount > 10
    to: plain.large
views:
  spent:
    from: {p: plain.pay}
    table:
      key: customer
      sql: SELECT customer, count(*) AS pays, sum(amount) AS spent FROM p GROUP BY customer
  pays: {from: {p: plain.pay}, document: {key: id}}
"""
ROWS = {  # of each view, the rows that are judged
    "spent": "SELECT customer, orders, spent, least, most FROM spent",
    "orders": "SELECT id, customer, document ->> '$.note' FROM orders",
    "notes": "SELECT id, customer, note FROM notes",
    "cells": "SELECT row, timestamp, value FROM cells",
    "gifts": 'SELECT id, "from", "to", amount FROM gifts',
    "sums": "SELECT customer, runs, total FROM sums",
}
WORDS = ("ready", "fragile", "cold", "late", "twice", "gift", "blue", "large")


def decimal(cents):
    return f"{cents // 100}.{cents % 100:02}"


class Orders:
    """What is written, in two parts, and what every view must make of it."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.lines, self.good = [], []
        for number in range(ORDERS):
            customer = f"c{chance.randrange(CUSTOMERS)}"
            if chance.random() < 0.01:
                self.lines.append(f"{customer}|{{\"id\": {number}, broken")
                continue
            order = {"id": number, "customer": customer,
                     "friend": f"c{chance.randrange(CUSTOMERS)}",
                     "cents": chance.randrange(10**6), "note": " ".join(chance.sample(WORDS, 3))}
            self.good.append(order)
            value = {**order, "amount": decimal(order["cents"])}
            del value["cents"]
            self.lines.append(f"{customer}|{json.dumps(value)}")

    def write(self, log, part):
        half = len(self.lines) // 2
        lines = self.lines[:half] if part == 0 else self.lines[half:]
        daybook.run(["produce", "shop.order", "-K|", "--bootstrap", log],
                    input="\n".join(lines) + "\n")

    def rejected(self):
        return len(self.lines) - len(self.good)

    def rows(self, least="min"):
        by_customer = collections.defaultdict(list)
        for order in self.good:
            by_customer[order["customer"]].append(order["cents"])
        smallest = {"min": min, "max": max}[least]
        return {
            "spent": [[customer, len(cents), decimal(sum(cents)), decimal(smallest(cents)),
                       decimal(max(cents))] for customer, cents in by_customer.items()],
            "orders": [[o["id"], o["customer"], o["note"]] for o in self.good],
            "notes": [[o["id"], o["customer"], o["note"]] for o in self.good],
            "cells": [[o["customer"], o["id"], decimal(o["cents"])] for o in self.good],
            "gifts": [[o["id"], o["customer"], o["friend"], decimal(o["cents"])]
                      for o in self.good],
            "sums": [[customer, len(cents), decimal(sum(cents))]
                     for customer, cents in by_customer.items()],
        }


class Scenarios:
    def test_a_bank_is_captured_and_every_view_equals_it(self):
        with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
            open_bank.open(customers=200)
            open_bank.start_witness()
            with open_bank.run(self.log.kafka) as server:
                bank.wait_for_stream(server)
                server.kill()
            with open_bank.drive(1500, rate=500) as driver:
                first = ordeal.operations(open_bank)
                for done in range(300, 1500, 400):
                    with open_bank.run(self.log.kafka) as server:
                        waiting.until(lambda: ordeal.operations(open_bank) >= first + done or
                                      not driver.running(), WAIT_S, driver.tail)
                        server.kill()
                self.assertEqual(driver.wait(WAIT_S), 0, driver.tail())
            with open_bank.run(self.log.kafka) as server:
                bank.wait_until_equal(open_bank, server, WAIT_S)
                bank_views.wait_until_equal(open_bank, server, WAIT_S)
                captured.check_topics(open_bank, self.log, open_bank.witnessed())
                daybook.stop_cleanly(server)

    def test_views_of_every_kind_are_rebuilt_compared_and_swapped(self):
        self.folder = self.enterContext(scratch.folder("shop"))
        self.app = self.folder / "app.yaml"
        self.app.write_text(SHOP)
        chance = random.Random(cases.seed())
        orders = Orders(cases.seed())
        log_under_test.create_topic(self.log, "shop.order", PARTITIONS)
        orders.write(self.log.kafka, 0)
        for number in range(3):
            with self.start() as server:
                self.wait_for_some(server, chance.randrange(1, ORDERS // 4))
                if number == 1:
                    orders.write(self.log.kafka, 1)
                server.kill()
        with self.start() as server:
            self.check_rows(server, orders.rows(), 1)
            self.check_rejected(orders)
            self.rebuild_and_kill(server)
        with self.start() as server:
            self.swap_all(server)
            self.check_rows(server, orders.rows(), 2)
            daybook.stop_cleanly(server)
        self.app.write_text(SHOP.replace("min(amount) AS least", "max(amount) AS least"))
        self.assertEqual(self.planned(), {"view spent"})
        with self.start() as server:  # which builds it anew by itself
            self.check_rows(server, orders.rows(least="max"), {"spent": 3})
            self.assertEqual(self.planned(), set())
            daybook.stop_cleanly(server)

    def test_columns_that_nobody_says_are_those_of_the_first_events(self):
        folder = self.enterContext(scratch.folder("plain"))
        app = folder / "app.yaml"
        app.write_text(PLAIN)
        log_under_test.create_topic(self.log, "plain.pay", PARTITIONS)
        pays = [{"id": number, "customer": f"c{number % 3}", "amount": number + 0.5,
                 "place": {"city": "Ghent"}} for number in range(100)]
        with daybook.run_app(app, self.log.kafka, folder / "state") as server:
            waiting.until(lambda: all(view["detail"].startswith("waiting for the columns")
                                      for view in self.views(server).values()), WAIT_S,
                          lambda: str(self.views(server)))
            daybook.run(["produce", "plain.pay", "--bootstrap", self.log.kafka],
                        input="".join(json.dumps(pay) + "\n" for pay in pays))
            waiting.until(lambda: all(daybook.applied(view) == len(pays)
                                      for view in self.views(server).values()), WAIT_S,
                          lambda: str(self.views(server)))
            spent = bank.query(server, "spent", "SELECT * FROM spent ORDER BY customer")["rows"]
            self.assertEqual(spent[1], {"customer": "c1", "pays": 33, "spent": "1633.50"})
            self.assertEqual([view["rows"] for view in self.views(server).values()], [3, 100])
            waiting.until(lambda: len(self.large()) == 90, WAIT_S, lambda: f"{self.large()}")
            self.assertIn('{"id":10,"twice":"21.00","city":"Ghent"}', self.large())
            self.assertEqual({view["version"] for view in self.views(server).values()}, {1})
        described = json.loads(daybook.run(["topic", "describe", "plain.pay", "--json",
                                            "--bootstrap", self.log.kafka]).stdout)
        self.assertTrue(described["inferred"])
        self.assertEqual({column["name"]: column["type"] for column in described["columns"]},
                         {"id": "BIGINT", "customer": "VARCHAR", "amount": "DECIMAL(38,2)",
                          "place": "JSON"})

    def large(self):
        done = processes.run(["kcat", "-C", "-b", self.log.kafka, "-t", "plain.large",
                              "-o", "beginning", "-e", "-q"], check=False)
        return done.stdout.splitlines() if done.returncode == 0 else []  # no such topic yet

    def start(self):
        return daybook.run_app(self.app, self.log.kafka, self.folder / "state")

    def views(self, server):
        return {view["name"]: view for view in bank.get(server, "/views")["views"]}

    def wait_for_some(self, server, events):
        waiting.until(lambda: any(daybook.applied(view) >= events
                                  for view in self.views(server).values()), WAIT_S, server.tail)

    def check_rows(self, server, expected, version):
        for view, sql in ROWS.items():
            wanted = sorted(map(str, expected[view]))

            def rows():
                try:
                    return sorted(str(list(row.values()))
                                  for row in bank.query(server, view, sql)["rows"])
                except AssertionError as not_yet:
                    return [str(not_yet)]

            waiting.until(lambda: rows() == wanted, WAIT_S,
                          lambda: f"view {view} to be {wanted[:3]}…, not {rows()[:3]}…\n"
                                  f"{self.views(server)[view]}")
            found = self.views(server)[view]["version"]
            of_it = version.get(view, found) if isinstance(version, dict) else version
            self.assertEqual(found, of_it, view)

    def check_rejected(self, orders):
        """Of the processor each once; a view may repeat itself after a crash."""
        tasks = {"runs", *(f"view {view}" for view in ROWS)} - {"view sums"}

        def all_there():
            found = self.rejected()
            return all(len(set(found[task])) >= orders.rejected() for task in tasks) and found

        found = waiting.until(all_there, WAIT_S, lambda: f"rejected events: {self.rejected()}")
        self.assertEqual(set(found), tasks)
        self.assertEqual(len(found["runs"]), orders.rejected())
        for task, positions in found.items():
            self.assertEqual(set(positions), set(found["runs"]), task)

    def rejected(self):
        """By task, the partitions and offsets of what it rejected."""
        done = processes.run(["kcat", "-C", "-b", self.log.kafka, "-t", "shop.order.rejected",
                              "-o", "beginning", "-e", "-q", "-J"])
        found = collections.defaultdict(list)
        for line in done.stdout.splitlines():
            event = json.loads(line)
            headers = dict(zip(event["headers"][::2], event["headers"][1::2]))
            self.assertTrue(headers["daybook.reason"], event)
            self.assertIn("broken", event["payload"])
            found[headers["daybook.task"]].append(
                (headers["daybook.partition"], headers["daybook.offset"]))
        return found

    def rebuild_and_kill(self, server):
        for view in ROWS:
            self.wait_for_versions(server, view, 1)
            bank.post(server, f"/views/{view}/rebuild")
        server.kill()

    def wait_for_versions(self, server, view, count):
        """Until there are so many, and all know that they have caught up."""
        def all_ready():
            versions = bank.get(server, f"/views/{view}")["versions"]
            return len(versions) == count and \
                all(each["ready"] and each["lag_events"] == 0 for each in versions)
        waiting.until(all_ready, WAIT_S, lambda: str(bank.get(server, f"/views/{view}")))

    def swap_all(self, server):
        for view in ROWS:
            self.wait_for_versions(server, view, 2)
            difference = bank.get(server, f"/views/{view}/diff")
            self.assertEqual([difference[what] for what in ("missing", "extra", "changed")],
                             [0, 0, 0], difference)
            bank.post(server, f"/views/{view}/swap")

    def planned(self):
        """What starting the application would change."""
        done = daybook.run(["plan", self.app, "--bootstrap", self.log.kafka, "--state",
                            self.folder / "state", "--json"])
        return {change["what"] for change in json.loads(done.stdout)["changes"]
                if change["change"] != "same"}


def load_tests(loader, tests, pattern):
    tests.addTest(log_under_test.on_each(Scenarios, loader))
    return tests


if __name__ == "__main__":
    cases.main()

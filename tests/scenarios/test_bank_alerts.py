#!/usr/bin/env python3
"""The bank's processors: what they enrich and what they alert to is what PostgreSQL's own rows say.

The alerts are computed once more here, from a table in which PostgreSQL itself writes down every
payment as it is made. On Daybook's own log and on Apache Kafka.
"""
# time limit: 600 s
import math
import os
from datetime import datetime, timedelta

from support import bank, cases, log_under_test, scratch, waiting

TRANSACTIONS = int(os.environ.get("DAYBOOK_BANK_TRANSACTIONS", 12_000))
CATCH_UP_S = 300
MADE = """
    CREATE TABLE payment_made (number bigserial PRIMARY KEY, id bigint, card_id bigint,
                               lat double precision, lon double precision, paid_at timestamptz);
    CREATE FUNCTION note_payment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO payment_made (id, card_id, lat, lon, paid_at)
        VALUES (NEW.id, NEW.card_id, NEW.lat, NEW.lon, NEW.paid_at);
      RETURN NULL;
    END $$;
    CREATE TRIGGER note_payment AFTER INSERT ON card_payment
      FOR EACH ROW EXECUTE FUNCTION note_payment();
"""
SCORED = """
    SELECT p.id, p.card_id, c.customer_id, cu.segment, m.category, p.amount,
           CASE WHEN p.amount > CASE cu.segment WHEN 'student' THEN 50 WHEN 'retail' THEN 100
                                                ELSE 200 END THEN 2 ELSE 0 END
           + CASE WHEN m.category IN ('travel', 'hardware') THEN 1 ELSE 0 END
           + CASE WHEN extract(hour FROM p.paid_at) < 6 THEN 1 ELSE 0 END
    FROM card_payment p JOIN card c ON c.id = p.card_id JOIN customer cu ON cu.id = c.customer_id
         JOIN merchant m ON m.id = p.merchant_id
    WHERE c.id <= {cards}
"""


def distance_km(one, other):
    """Along a great circle of an Earth of 6,371 km."""
    lat, other_lat = math.radians(one["lat"]), math.radians(other["lat"])
    half = (math.sin((other_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(other_lat)
            * math.sin(math.radians(other["lon"] - one["lon"]) / 2) ** 2)
    return 2 * 6371 * math.asin(math.sqrt(half))


def alerts_of(payments):
    """payment -> (velocity, travel, payments in the hour before), of those made in this order."""
    alerts = {}
    by_card = {}
    for payment in payments:
        earlier = by_card.setdefault(payment["card_id"], [])
        now = payment["paid_at"]
        recent = 1 + sum(now - timedelta(hours=1) <= other["paid_at"] <= now for other in earlier)
        before = max((other for other in earlier if other["paid_at"] <= now),
                     key=lambda other: other["paid_at"], default=None)
        travel = False
        if before is not None:
            km = distance_km(before, payment)
            hours = max((now - before["paid_at"]).total_seconds(), 1) / 3600
            travel = km > 100 and km / hours > 900
        if recent >= 5 or travel:
            alerts[payment["id"]] = (recent >= 5, travel, recent)
        earlier.append(payment)
    return alerts


class BankAlerts:
    def test_alerts_and_enriched_payments_are_those_of_postgresql(self):
        with scratch.folder("bank") as folder, bank.Bank(folder) as open_bank:
            open_bank.open(customers=300)
            open_bank.cluster.sql(MADE)
            cards = int(open_bank.cluster.sql("SELECT max(id) FROM card")[0][0])
            with open_bank.run(self.log.kafka) as server:
                bank.wait_for_stream(server)
                self.wait_for_what_is_looked_up(open_bank, server)
                with open_bank.drive(TRANSACTIONS) as driver:
                    self.assertEqual(driver.wait(CATCH_UP_S), 0, driver.tail())
                bank.wait_until_equal(open_bank, server, CATCH_UP_S)
                self.compare_alerts(open_bank, server)
                self.compare_enriched(open_bank, server, cards)

    def rows(self, server, view, sql):
        try:
            return sorted([str(value) for value in row.values()]
                          for row in bank.query(server, view, sql)["rows"])
        except AssertionError:  # the view is not there yet
            if not server.running():
                raise
            return None

    def wait_for_rows(self, server, view, sql, expected):
        waiting.until(lambda: self.rows(server, view, sql) == expected, CATCH_UP_S,
                      lambda: f"view {view} to be {expected[:3]}…, not "
                              f"{(self.rows(server, view, sql) or [])[:3]}…")

    def wait_for_what_is_looked_up(self, open_bank, server):
        """A payment sees the rows of its card, shop and customer only if they are there before."""
        for view, table in (("cards", "card"), ("shops", "merchant"), ("customers", "customer")):
            count = open_bank.cluster.sql(f"SELECT count(*) FROM {table}")
            self.wait_for_rows(server, view, f"SELECT count(*) FROM {view}", count)

    def compare_alerts(self, open_bank, server):
        payments = [
            {"id": int(number), "card_id": int(card), "lat": float(lat), "lon": float(lon),
             "paid_at": datetime.fromisoformat(bank.instant(paid_at))}
            for number, card, lat, lon, paid_at in open_bank.cluster.sql(
                "SELECT id, card_id, lat, lon, to_char(paid_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') "
                "FROM payment_made ORDER BY number")]
        alerts = alerts_of(payments)
        self.assertGreater(sum(velocity for velocity, _, _ in alerts.values()), 3)
        self.assertGreater(sum(travel for _, travel, _ in alerts.values()), 3)
        expected = sorted([str(number), str(int(velocity)), str(int(travel)), str(recent)]
                          for number, (velocity, travel, recent) in alerts.items())
        self.wait_for_rows(server, "alerts",
                           "SELECT payment_id, velocity, travel, payments_1h FROM alerts", expected)
        suspects = {}
        cards = {payment["id"]: payment["card_id"] for payment in payments}
        for number, (velocity, travel, _) in alerts.items():
            found = suspects.setdefault(cards[number], [0, 0])
            found[0] += velocity
            found[1] += travel
        self.wait_for_rows(server, "suspects", "SELECT card_id, velocity, travel FROM suspects",
                           sorted([str(card), *map(str, found)]
                                  for card, found in suspects.items()))

    def compare_enriched(self, open_bank, server, cards):
        """Of cards that were issued before: a new card may pay before the view has its row."""
        expected = sorted(open_bank.cluster.sql(SCORED.format(cards=cards)))
        self.assertGreater(len(expected), TRANSACTIONS / 20)
        self.wait_for_rows(server, "scored",
                           "SELECT id, card_id, customer_id, segment, category, amount, points "
                           f"FROM scored WHERE card_id <= {cards}", expected)
        self.wait_for_rows(
            server, "categories", "SELECT category, spent, payments FROM categories",
            sorted(open_bank.cluster.sql(
                "SELECT category, sum(amount), count(*) FROM card_payment p "
                "JOIN merchant m ON m.id = p.merchant_id GROUP BY category")))


def load_tests(loader, tests, pattern):
    return log_under_test.on_each(BankAlerts, loader)


if __name__ == "__main__":
    cases.main()

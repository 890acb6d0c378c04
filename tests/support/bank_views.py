"""What the views of the bank's app besides `balances` must say, asked of PostgreSQL."""
from support import bank, waiting

# (view, what it is asked, what PostgreSQL is asked)
_SAME = (
    ("statements", "SELECT account_id, day, coalesce(paid_in, 0), coalesce(paid_out, 0), entries "
     "FROM statements",
     "SELECT account_id, (booked_at AT TIME ZONE 'UTC')::date, "
     "coalesce(sum(amount) FILTER (WHERE amount > 0), 0), "
     "coalesce(sum(amount) FILTER (WHERE amount < 0), 0), count(*) "
     "FROM account_entry GROUP BY 1, 2"),
    ("money", "SELECT kind, held, accounts, least, most FROM money",
     "SELECT kind, sum(balance), count(*), min(balance), max(balance) FROM account "
     "GROUP BY kind"),
    ("spending", "SELECT card_id, spent, payments, smallest, largest FROM spending",
     "SELECT card_id, sum(amount), count(*), min(amount), max(amount) "
     "FROM card_payment GROUP BY card_id"),
    ("customers", "SELECT id, given_name, family_name, city, segment FROM customers",
     "SELECT id, given_name, family_name, city, segment FROM customer"),
    ("profiles", "SELECT id, document ->> '$.given_name', city, segment FROM profiles",
     "SELECT id, given_name, city, segment FROM customer"),
    ("payees", 'SELECT "from", "to", count(*), max(id), max(amount) FROM payees '
     'GROUP BY "from", "to"',
     "SELECT debtor_account, creditor_account, count(*), max(id), "
     "max(amount::text COLLATE \"C\") FROM transfer "
     "GROUP BY debtor_account, creditor_account"),
    ("texts", "SELECT debtor_account, count(*), max(id), count(reference) FROM texts "
     "GROUP BY debtor_account",
     "SELECT debtor_account, count(*), max(id), count(reference) FROM transfer "
     "GROUP BY debtor_account"),
    ("activity", "SELECT row, count(*), max(timestamp), max(value) FROM activity "
     "WHERE qualifier = 'amount' GROUP BY row",
     "SELECT card_id, count(*), max(id), max(amount::text COLLATE \"C\") "
     "FROM card_payment GROUP BY card_id"),
)
_AVERAGE_PLACES = 6


def wait_until_equal(open_bank, server, timeout_s):
    """Fails unless each has caught up in time, or soon will have. The bank is closed."""
    for view, shown, sql in _SAME:
        expected = sorted(open_bank.cluster.sql(sql))

        def rows():
            try:
                found = bank.query(server, view, shown)["rows"]
            except AssertionError as problem:  # the view is not complete yet
                if not server.running():
                    raise
                return [[str(problem)]]
            return sorted([str(value) for value in row.values()] for row in found)

        waiting.until(lambda: rows() == expected, timeout_s,
                      lambda: f"view {view} to be {expected[:3]}…, not {rows()[:3]}…")
    averages = dict(open_bank.cluster.sql(
        "SELECT card_id, avg(amount) FROM card_payment GROUP BY card_id"))
    for row in bank.query(server, "spending", "SELECT card_id, average FROM spending")["rows"]:
        found, wanted = float(row["average"]), float(averages[str(row["card_id"])])
        if round(found - wanted, _AVERAGE_PLACES) != 0:
            raise AssertionError(f"card {row['card_id']}: average {found}, PostgreSQL: {wanted}")

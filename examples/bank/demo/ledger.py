"""The same money, counted in two places: PostgreSQL's accounts and the view `balances`."""
import time
from decimal import Decimal

from demo.server import NotYet

FIRST_CUSTOMER_ACCOUNT = 1001  # below are the bank's own: schema.sql

# SQLite stores DECIMAL as text: whole cents are summed without rounding.
_VIEW_TOTAL = f"""SELECT coalesce(sum(CAST(round(balance * 100) AS INTEGER)), 0) AS cents
                  FROM balances WHERE account_id >= {FIRST_CUSTOMER_ACCOUNT}"""
_POSTGRES_TOTAL = f"""SELECT (coalesce(sum(balance), 0) * 100)::bigint FROM account
                      WHERE id >= {FIRST_CUSTOMER_ACCOUNT}"""


def view_total(server):
    """Customers' money in cents, as the view has it; None while there is no view."""
    try:
        return int(server.query("balances", _VIEW_TOTAL)[0]["cents"])
    except NotYet:
        return None


def postgres_total(cluster):
    return int(cluster.query(_POSTGRES_TOTAL)[0][0])


def postgres_balances(cluster):
    rows = cluster.query("SELECT id, balance FROM account")
    return {int(account): Decimal(balance) for account, balance in rows}


def view_balances(server):
    rows = server.query("balances", "SELECT account_id, balance FROM balances")
    return {row["account_id"]: Decimal(row["balance"]) for row in rows}


def differences(expected, found):
    """Accounts whose balances differ; one without entries is zero on either side."""
    return sorted(account for account in expected.keys() | found.keys()
                  if expected.get(account, 0) != found.get(account, 0))


def wait_until_equal(cluster, server, timeout_s):
    """Nothing may be written meanwhile. (accounts, total in cents, differing accounts)"""
    expected = postgres_balances(cluster)
    total = postgres_total(cluster)
    deadline = time.monotonic() + timeout_s
    different = sorted(expected)
    while different and time.monotonic() < deadline:
        server.child.check_running()
        if view_total(server) == total or time.monotonic() + 1 > deadline:
            different = differences(expected, view_balances(server))
        if different:
            time.sleep(0.05)
    return len(expected), total, different

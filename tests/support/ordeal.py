"""The bank does its business while Daybook is stopped, again and again, in the worst of ways."""
import os
import random
import time

from support import bank, captured, cases, processes, waiting

MOMENTS = 25
QUIET_MOMENTS = 4  # of these: before the business begins, during the snapshot of what is there
LONGEST_QUIET_S = 0.6
FURTHER_MOMENTS = 25  # at most
TRANSACTIONS = int(os.environ.get("DAYBOOK_CRASH_TRANSACTIONS", 20_000))
RATE = float(os.environ.get("DAYBOOK_CRASH_RATE", 350))
CATCH_UP_S = 240
SLOWER_S = 240  # that the business may take longer than its rate says


def endure(open_bank, environment_of=lambda _: {}, may_end=lambda: True, enough=lambda: True):
    """Starts Daybook MOMENTS times, kills it at moments spread over the load, and judges.

    `environment_of(round)` is what Daybook finds in its environment in that round. It may die of
    it by itself: returns how often it did. While there is business, a round also goes on until
    `may_end()`. On a slow machine the business can be over before much has gone wrong: then there
    is more of both until it was `enough()`. The last start has an ordinary environment.
    """
    dice = random.Random(cases.seed())
    open_bank.start_witness()
    ends = [end_soon(open_bank, environment_of(number), dice.uniform(0, LONGEST_QUIET_S))
            for number in range(QUIET_MOMENTS)]
    with open_bank.up() as server:
        bank.wait_for_stream(server)
        server.kill()
    first = operations(open_bank)
    moments = sorted(first + dice.randrange(TRANSACTIONS) for _ in range(MOMENTS - QUIET_MOMENTS))
    with open_bank.drive(TRANSACTIONS, rate=RATE) as driver:
        for number, moment in enumerate(moments, QUIET_MOMENTS):
            ends.append(end_at(open_bank, environment_of(number), moment, driver, may_end))
        if driver.wait(TRANSACTIONS / RATE + SLOWER_S) != 0:
            raise AssertionError(driver.tail())
    for number in range(MOMENTS, MOMENTS + FURTHER_MOMENTS):
        if enough():
            break
        with open_bank.drive(TRANSACTIONS, rate=RATE) as driver:
            moment = operations(open_bank) + dice.randrange(TRANSACTIONS // MOMENTS)
            ends.append(end_at(open_bank, environment_of(number), moment, driver, may_end))
            driver.kill()
    with open_bank.up() as server:
        bank.wait_until_equal(open_bank, server, CATCH_UP_S)
        events = captured.check_topics(open_bank, server, open_bank.witnessed())
    died = ends.count("died")
    print(f"killed {ends.count('killed')} times, died {died} times; {events} events, all equal")
    return died


def end_soon(open_bank, environment, after_s):
    began = time.monotonic()
    return end(open_bank, environment, lambda _: time.monotonic() - began > after_s)


def end_at(open_bank, environment, moment, driver, may_end):
    """Kills it when the bank has carried out operation `moment`, or later."""
    def now(alive):
        return not driver.running() or (operations(open_bank) >= moment
                                        and (not alive() or may_end()))
    return end(open_bank, environment, now)


def end(open_bank, environment, condition):
    """Starts Daybook and kills it under `condition`. It may die by itself, even while it starts."""
    try:
        server = open_bank.up(env=environment)
    except processes.Ended:
        server = None

    def alive():
        return server is not None and server.running()

    waiting.until(lambda: condition(alive), 2 * TRANSACTIONS / RATE + SLOWER_S,
                  "the moment to end Daybook")
    if not alive():
        return "died"
    server.kill()
    return "killed"


def operations(open_bank):
    """How far the bank's business has come."""
    return int(open_bank.cluster.sql("SELECT max(id) FROM operation")[0][0])

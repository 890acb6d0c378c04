"""Reads a payment per line, and answers each with a line: the events that come of it."""
import json
import sys

RISK_OF = {"bakery": 0.0, "casino": 0.5}

for line in sys.stdin:
    payment = json.loads(line)
    if float(payment["amount"]) <= 0:
        print(json.dumps({"_reject": "the amount is not positive"}))
        continue
    risk = RISK_OF.get(payment["merchant"], 0.2) + min(float(payment["amount"]) / 2000, 0.5)
    print(json.dumps([payment | {"risk": round(risk, 2)}]))

"""Looks at a server with the fuzzing client of Autobahn: `client.py URL REPORT [CASES]`.

Prints how many cases of each category were found how, and those that were not as they should be; with any of those it fails.
"""

import collections
import json
import os
import sys
import time

import autobahntestsuite.fuzzing as fuzzing
from twisted.internet import reactor
from twisted.python import log

# A case that the RFC leaves open may be answered in either way.
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}


def main(url, report, cases="*"):
    errors = []
    log.addObserver(lambda event: event.get("isError") and errors.append(log.textFromEventDict(event)))
    spec = {
        "outdir": report,
        "servers": [{"agent": "tsk", "url": url, "options": {"version": 18}}],
        "cases": cases.split(","),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }
    begin = time.time()
    fuzzing.startClient(spec)
    reactor.run()
    with open(os.path.join(report, "index.json")) as file:
        found = json.load(file)["tsk"]

    categories = collections.defaultdict(collections.Counter)
    for case, result in found.items():
        categories[int(case.split(".")[0])][result["behavior"]] += 1
    for category, results in sorted(categories.items()):
        print(f"{category:>4}  " + ", ".join(f"{count} {name}" for name, count in results.most_common()))
    wrong = [
        case
        for case, result in found.items()
        if result["behavior"] not in GOOD or result["behaviorClose"] not in {"OK", "INFORMATIONAL"}
    ]
    for case in wrong:
        print(f"{case}: {found[case]['behavior']}, closed: {found[case]['behaviorClose']}")
    for error in errors[:5]:
        print(error)
    totals = collections.Counter(result["behavior"] for result in found.values())
    total = ", ".join(f"{count} {name}" for name, count in totals.most_common())
    print(f"{len(found)} cases: {total}; in {time.time() - begin:.0f} s")
    sys.exit(1 if wrong or errors or not found else 0)


main(*sys.argv[1:])

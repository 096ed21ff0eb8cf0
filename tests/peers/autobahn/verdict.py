"""What Autobahn has found, and whether that is as it should be."""

import collections
import json
import os

from twisted.python import log

# A case that the RFC leaves open may be answered in either way.
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}

errors = []
log.addObserver(lambda event: event.get("isError") and errors.append(log.textFromEventDict(event)))


def passed(report, cases, seconds):
    """Prints how many of these cases were found how, by category, and which were not as they should be, or not reached. False with any."""
    with open(os.path.join(report, "index.json")) as file:
        found = json.load(file).get("tsk", {})
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
    missing = [case for case in cases if case not in found]
    if missing:
        print(f"{len(missing)} cases were not reached, {missing[0]} the first")
    for error in errors[:5]:
        print(error)
    totals = collections.Counter(result["behavior"] for result in found.values())
    total = ", ".join(f"{count} {name}" for name, count in totals.most_common())
    print(f"{len(found)} cases: {total}; in {seconds:.0f} s")
    return not (wrong or errors or missing or not found)

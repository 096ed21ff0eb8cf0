"""Looks at a server with the fuzzing client of Autobahn: `client.py URL REPORT [CASES]`. It fails where a case is not as it should be."""

import sys
import time

import autobahntestsuite.fuzzing as fuzzing
from twisted.internet import reactor

from progress import show
from verdict import passed


def main(url, report, cases="*"):
    spec = {
        "outdir": report,
        "servers": [{"agent": "tsk", "url": url, "options": {"version": 18}}],
        "cases": cases.split(","),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }
    begin = time.time()
    show(begin)
    # It connects by itself.
    cases = fuzzing.FuzzingClientFactory(spec).specCases
    reactor.run()
    sys.exit(0 if passed(report, cases, time.time() - begin) else 1)


main(*sys.argv[1:])

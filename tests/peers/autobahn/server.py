"""Looks at a client with the fuzzing server of Autobahn: `server.py CLIENT REPORT [CASES]`.

CLIENT is a program, which is run with the URL of the server. It asks for one case after another, echoes what it is sent, and at last has
the report written. It fails where a case is not as it should be.
"""

import socket
import subprocess
import sys
import threading
import time

import autobahntestsuite.fuzzing as fuzzing
from twisted.internet import reactor

from progress import show
from verdict import passed


def main(client, report, cases="*"):
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    listener.setblocking(False)
    url = "ws://127.0.0.1:%d" % listener.getsockname()[1]
    spec = {
        "outdir": report,
        "url": url,
        "cases": cases.split(","),
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }
    begin = time.time()
    show(begin)
    factory = fuzzing.FuzzingServerFactory(spec)
    reactor.adoptStreamPort(listener.fileno(), socket.AF_INET, factory)
    asking = subprocess.Popen([client, url])

    def wait():
        asking.wait()
        reactor.callFromThread(reactor.stop)

    # Whoever ends this program ends the client, and waits for nobody.
    threading.Thread(target=wait, daemon=True).start()
    reactor.run()
    asking.kill()
    if asking.wait() != 0:
        sys.exit(f"the client ended with {asking.returncode}")
    sys.exit(0 if passed(report, factory.specCases, time.time() - begin) else 1)


main(*sys.argv[1:])

"""Says how far Autobahn is: a line where ten seconds or more have passed since the last one."""

import time

import autobahntestsuite.fuzzing as fuzzing

EVERY = 10

# What the suite itself says, a line of 517 names and then a line for each case.
LEFT_OUT = ("Cases = ", "Running test case ID ")


def show(begin):
    """Has a line be printed at the end of a case, and none where it begins."""
    record, told, count = fuzzing.FuzzingFactory.logCase, begin, 0

    def logged(factory, result):
        nonlocal told, count
        record(factory, result)
        count, now = count + 1, time.time()
        if now - told >= EVERY:
            told = now
            say(f"{count} of {len(factory.specCases)} cases, {result['id']} the last; {now - begin:.0f} s")

    fuzzing.FuzzingFactory.logCase = logged
    # A name of the module, which the suite finds before the function of Python.
    fuzzing.print = lambda line: line.startswith(LEFT_OUT) or say(line)


def say(line):
    # Whoever reads this by a pipe is not to wait until that is full.
    print(line, flush=True)

"""Makes the sources of autobahntestsuite 25.10.1, which are for Python 2, run on Python 3: `port.py SOURCES SITE_PACKAGES`.

The texts of Python 2 are bytes. They become texts of Latin-1, byte for byte, so that the cases stay as they are written; only where
they meet autobahn, which has bytes, is the one made the other.
"""

import os
import re
import shutil
import sys
import warnings

warnings.simplefilter("ignore")

from lib2to3.refactor import RefactoringTool

PACKAGE = "autobahntestsuite"

# What is not about cases of the protocol.
DROPPED = (
    "wampcase wampfuzzing.py wamptestee.py wamptestserver.py wsperfcontrol.py wsperfmaster.py testdb.py testrun.py report_.py "
    "serializer.py massconnect.py broadcast.py testee.py echo.py wstest.py choosereactor.py"
).split()

FIXES = "print has_key xrange except import dict raise ne basestring long idioms numliterals".split()

BORDER = '''
def to_bytes(x):
    return x.encode("latin-1") if isinstance(x, str) else bytes(x)


def to_str(x):
    return x if isinstance(x, str) else bytes(x).decode("latin-1")


def _hex(x):
    return to_bytes(x).hex()


class Border:
    """Texts of Latin-1 in the suite, bytes in autobahn."""

    def sendFrame(self, opcode, payload="", **options):
        payload, length = to_bytes(payload), options.pop("payload_len", None)
        if length is not None and payload:
            # autobahn 0.10.9 divides by `/` here.
            payload = payload * (length // len(payload)) + payload[: length % len(payload)]
        elif length is not None:
            options["payload_len"] = length
        if options.get("mask"):
            options["mask"] = to_bytes(options["mask"])
        return super().sendFrame(opcode=opcode, payload=payload, **options)

    def sendMessage(self, payload, isBinary=False, **options):
        return super().sendMessage(to_bytes(payload), isBinary, **options)

    def sendMessageFrameData(self, payload, sync=False):
        return super().sendMessageFrameData(to_bytes(payload), sync)

    def sendMessageFrame(self, payload, sync=False):
        return super().sendMessageFrame(to_bytes(payload), sync)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        reason = None if reasonUtf8 is None else to_bytes(reasonUtf8)
        return super().sendCloseFrame(code=code, reasonUtf8=reason, isReply=isReply)
'''

IMPORT_BORDER = "from autobahntestsuite._py3 import Border, to_bytes, to_str\n\n"

# By file: what is there, and what takes its place.
CHANGES = {
    "fuzzing.py": [
        ("class FuzzingProtocol:", IMPORT_BORDER + "class FuzzingProtocol(Border):"),
        (
            "def asciiLogData(data, maxlen = 64, replace = False):\n",
            "def asciiLogData(data, maxlen = 64, replace = False):\n"
            "   from autobahntestsuite._py3 import to_bytes\n"
            "   data = to_bytes(data)\n",
        ),
        ("dd = data[:maxlen] + ellipses", "dd = data[:maxlen] + ellipses.encode()"),
        (').encode("utf-8"))', "))"),
        ("json.dumps(case, ", "json.dumps(case, default=to_str, "),
        ("p = ''.join(payload)", "p = b''.join([to_bytes(x) for x in payload])"),
        ("self.runCase.onPong(payload)", "self.runCase.onPong(to_str(payload))"),
        ("self.runCase.onMessage(msg, binary)", "self.runCase.onMessage(to_str(msg), binary)"),
        ('log.msg("Pong received: " + payload)', 'log.msg("Pong received: " + to_str(payload))'),
    ],
    "case/case.py": [("pickle.dumps(obj1) == pickle.dumps(obj2)", "obj1 == obj2")],
    "case/case10_1_1.py": [("len(self.payload) / self.p", "len(self.payload) // self.p")],
    "case/case9_9_1.py": [
        ("   implements(interfaces.IPushProducer)\n", ""),
        ("from zope.interface import implements\n", ""),
    ],
    "case/case6_x_x.py": [("res = v.validate(vss[:i])", "res = v.validate(vss[:i].encode('latin-1'))")],
    "case/case12_x_x.py": [
        ("def onMessage(self, msg, binary):\n", "def onMessage(self, msg, binary):\n   msg = msg.encode('latin-1')\n"),
        ("      msg = ''\n", "      msg = b'' if self.TESTDATA['binary'] else ''\n"),
    ],
}


def read(path, encoding="utf-8"):
    with open(path, encoding=encoding) as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def refactor(root):
    tool = RefactoringTool(["lib2to3.fixes.fix_" + fix for fix in FIXES])
    for folder, _, names in os.walk(root):
        for name in filter(lambda name: name.endswith(".py"), names):
            path = os.path.join(folder, name)
            # What is beyond ASCII were bytes of UTF-8.
            text = read(path, "latin-1").rstrip("\n") + "\n"
            text = str(tool.refactor_string(text, path)).replace("(object, Case, )", "(Case, )")
            text = re.sub(r"binascii\.(b2a_hex|hexlify)\(", "_hex(", text)
            if "_hex(" in text:
                head = "from autobahntestsuite._py3 import _hex\n"
                text = re.sub(r"(^import |^from )", head + r"\1", text, count=1, flags=re.M)
            write(path, text)


def main(sources, site):
    root = os.path.join(site, PACKAGE)
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(os.path.join(sources, PACKAGE), root)
    for name in DROPPED:
        path = os.path.join(root, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.remove(path)
    refactor(root)
    write(os.path.join(root, "_py3.py"), BORDER)
    version = "from autobahntestsuite._version import __version__\nversion = __version__\n"
    write(os.path.join(root, "__init__.py"), version)
    for name, changes in CHANGES.items():
        path = os.path.join(root, name)
        text = read(path)
        for before, after in changes:
            if before not in text:
                sys.exit(f"{name} does not have {before!r}: is it 25.10.1?")
            text = text.replace(before, after)
        write(path, text)
    # Of the report, only its style is used.
    path = os.path.join(root, "report.py")
    text = read(path).replace("import jinja2", "", 1)
    end = text.find("REPORT_DIR_PERMISSIONS")
    write(path, text[:end] if end > 0 else text)


main(*sys.argv[1:])
